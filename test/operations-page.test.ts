import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ERROR_CODES } from '../src/graphql/error-codes.ts';

const ROOT = join(import.meta.dirname, '..');
const PAGE = await readFile(join(ROOT, 'docs/operations.md'), 'utf8');

/** A call of the logger: its level, and its text with `…` for what is put in. */
const LOGGED = /logger\.(info|warn|error)\(\s*(?:\{[^}]*\},\s*)?(?:'([^']+)'|`([^`]+)`)/g;

async function loggedLines(): Promise<string[]> {
  const lines: string[] = [];
  for await (const file of glob('src/**/*.ts', { cwd: ROOT })) {
    const source = await readFile(join(ROOT, file), 'utf8');
    const calls = source.match(/logger\.(?:trace|debug|info|warn|error|fatal)\(/g) ?? [];
    const found = [...source.matchAll(LOGGED)].map(
      ([, level, text, template]) => `| ${level} | \`${text ?? template?.replace(/\$\{[^}]+\}/g, '…')}\` | `,
    );
    expect(found, file).toHaveLength(calls.length);
    lines.push(...found);
  }
  return [...new Set(lines)].sort();
}

it('The page on operations explains every line of the log, and no other', async () => {
  const explained = PAGE.match(/^\| (?:info|warn|error) \| `[^`]+` \| /gm) ?? [];
  expect([...explained].sort()).toEqual(await loggedLines());
});

it('The page on operations explains every code', () => {
  const section = PAGE.slice(PAGE.indexOf('## The codes'));
  const explained = [...section.matchAll(/^\| (`.+?`) \| /gm)].flatMap(([, codes]) => codes?.match(/\w+/g));
  expect(explained.toSorted()).toEqual(Object.keys(ERROR_CODES).toSorted());
});
