import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ERROR_CODES } from '../src/graphql/error-codes.ts';

const ROOT = join(import.meta.dirname, '..');
const PAGE = await readFile(join(ROOT, 'docs/operations.md'), 'utf8');

/** Headings of the page, by log level. */
const HEADINGS = { error: '### Errors', warn: '### Warnings', info: '### Information' } as const;

/** Matches a call of the logger, and captures its level and its text or template. */
const LOGGED = /logger\.(info|warn|error)\(\s*(?:\{[^}]*\},\s*)?(?:'([^']+)'|`([^`]+)`)/g;

/** Returns the text between a heading and the next one of the same or a higher level. */
function sectionOf(heading: string): string {
  const [level = ''] = heading.split(' ', 1);
  const lines = PAGE.split('\n');
  const start = lines.indexOf(heading);
  expect(start, heading).toBeGreaterThanOrEqual(0);
  const isNext = (line: string, index: number) => {
    const [marks = ''] = /^#+(?= )/.exec(line) ?? [];
    return index > start && marks !== '' && marks.length <= level.length;
  };
  const end = lines.findIndex(isNext);
  return lines.slice(start, end === -1 ? undefined : end).join('\n');
}

/** Returns the log lines that the page explains, each with its level. */
function explainedLines(): string[] {
  return Object.entries(HEADINGS).flatMap(([level, heading]) =>
    [...sectionOf(heading).matchAll(/^- `([^`]+)`$\n\n {2}\S/gm)].map(([, text]) => `${level} ${text}`),
  );
}

/** Returns the log lines of the code, each with its level and `…` in place of each value. */
async function loggedLines(): Promise<string[]> {
  const lines: string[] = [];
  for await (const file of glob('src/**/*.ts', { cwd: ROOT })) {
    const source = await readFile(join(ROOT, file), 'utf8');
    const calls = source.match(/logger\.(?:trace|debug|info|warn|error|fatal)\(/g) ?? [];
    const found = [...source.matchAll(LOGGED)].map(
      ([, level, text, template]) => `${level} ${text ?? template?.replace(/\$\{[^}]+\}/g, '…')}`,
    );
    expect(found, file).toHaveLength(calls.length);
    lines.push(...found);
  }
  return [...new Set(lines)].sort();
}

it('docs/operations.md explains every log line, and no other', async () => {
  expect(explainedLines().sort()).toEqual(await loggedLines());
});

it('docs/operations.md explains every error code', () => {
  const explained = [...sectionOf('## Error codes').matchAll(/^\| (`.+?`) \| /gm)].flatMap(([, codes]) =>
    codes?.match(/\w+/g),
  );
  expect(explained.toSorted()).toEqual(Object.keys(ERROR_CODES).toSorted());
});
