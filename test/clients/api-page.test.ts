import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { rejectedExtension } from '../../src/file-names/rejected-extension.ts';
import { REJECTED_EXTENSIONS } from '../../src/file-names/rejected-extensions.ts';
import { ERROR_CODES } from '../../src/graphql/error-codes.ts';
import { query } from '../support/graphql.ts';
import { portraitForTest } from '../support/portrait.ts';

interface Rules {
  readonly types: readonly { readonly mediaType: string; readonly maxPixels: number }[];
  readonly [number: string]: unknown;
}

let page: string;

beforeAll(async () => {
  page = await readFile(join(import.meta.dirname, '../../docs/api.md'), 'utf8');
});

it('The errors table of docs/api.md lists every code with its status', () => {
  const rows = tableBelow('## Errors').flatMap(([codes = '', status]) =>
    namesIn(codes).map((code) => [code, Number(status)]),
  );
  const table = Object.entries(ERROR_CODES).map(([code, { status }]) => [code, status]);
  expect(rows.sort()).toEqual(table.sort());
});

it('The upload rules table of docs/api.md shows the defaults of the server', async () => {
  const { data } = await query<{ uploadRules: Rules }>(
    await portraitForTest(),
    '{ uploadRules { maxBytes minWidth minHeight maxAltTextLength types { mediaType maxPixels } } }',
  );
  const { types = [], ...numbers } = data?.uploadRules ?? {};
  const rows = tableBelow('## Upload rules');
  const scalars = rows.flatMap(([rules = '', value]) => namesIn(rules).map((rule) => [rule, Number(value)]));
  expect(Object.keys(numbers)).toHaveLength(4);
  expect(Object.fromEntries(scalars)).toMatchObject(numbers);
  const [mediaTypes = '', maxPixels] = ['`types`', '`types { maxPixels }`'].map(
    (rule) => rows.find(([name]) => name === rule)?.[1],
  );
  expect(namesIn(mediaTypes)).toEqual(types.map(({ mediaType }) => mediaType));
  const [general, avif] = [types[0]?.maxPixels, types.at(-1)?.maxPixels];
  expect(maxPixels).toBe(`${general}, and ${avif} for \`image/avif\``);
});

it('The filenames table of docs/api.md states what the server does', () => {
  const rows = tableBelow('### Filenames').flatMap(([names = '', extensions = '', result = '']) =>
    namesIn(names).map((name, index) => ({
      name,
      extension: namesIn(extensions).at(index) ?? namesIn(extensions).at(-1),
      result,
    })),
  );
  expect(rows.length).toBeGreaterThan(8);
  for (const { name, extension, result } of rows) {
    const list = extension === undefined ? REJECTED_EXTENSIONS : [extension];
    expect([name, rejectedExtension(name, list)]).toEqual([name, extension]);
    const isRejected = rejectedExtension(name, REJECTED_EXTENSIONS) !== undefined;
    expect([name, isRejected]).toEqual([name, !result.startsWith('accepted')]);
  }
});

it('Tests refer to every example of docs/api.md', async () => {
  const titles = [...page.matchAll(/^```\w+ title=(\S+)$/gm)].map(([, title]) => title as string);
  const names = await readdir(import.meta.dirname, { recursive: true });
  const files = names.filter((name) => name.endsWith('.test.ts'));
  const tests = await Promise.all(files.map((name) => readFile(join(import.meta.dirname, name), 'utf8')));
  const untested = titles.filter((title) => !tests.some((test) => test.includes(`'${title}'`)));
  expect(titles).toContain('fetch.ts');
  expect(untested).toEqual([]);
});

/** Returns the cells of the first table below a heading, without the table's header row. */
function tableBelow(heading: string): string[][] {
  const section = page.slice(page.indexOf(`\n${heading}\n`));
  const [, table = ''] = /\n\|[^\n]*\n\|-[^\n]*\n((?:\|[^\n]*\n)+)/.exec(section) ?? [];
  return table
    .trim()
    .split('\n')
    .map((row) =>
      row
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    );
}

/** Returns the texts between backticks. */
function namesIn(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name as string);
}
