import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { CLIENTS } from '../compatibility/clients.ts';

const DOCS = join(import.meta.dirname, '../../docs');
const page = await readFile(join(DOCS, 'clients.md'), 'utf8');
const api = await readFile(join(DOCS, 'api.md'), 'utf8');

it('docs/clients.md has a row for each client, with a version and the results', () => {
  const rows = [...page.matchAll(/^\| ([^|]+) \| \[([^\]]+)\] \| ([^|]+) \| (.+) \|$/gm)];
  expect(rows.map(([, language, name]) => ({ language, name }))).toEqual(
    CLIENTS.map(({ language, name }) => ({ language, name })),
  );
  for (const [row, , , version, results] of rows) {
    expect(version, row).toMatch(/\d+\.\d+/);
    expect(results, row).toMatch(/^ok \| \d+ UNSUPPORTED_FILE_TYPE \| \d+ FILE_TOO_LARGE$/);
  }
});

it('docs/clients.md links each client to its program', () => {
  const links = [...page.matchAll(/^\[([^\]]+)\]: (\S+)$/gm)].map(([, name, path = '']) => [name, path]);
  expect(links).toEqual(CLIENTS.map(({ name, script }) => [name, `../test/compatibility/clients/${script}`]));
  expect(links.filter(([, path = '']) => !existsSync(join(DOCS, path)))).toEqual([]);
});

it('docs/clients.md shows the npm clients in the versions of their lockfile', async () => {
  const manifest = join(import.meta.dirname, '../compatibility/clients/package.json');
  const { dependencies } = JSON.parse(await readFile(manifest, 'utf8'));
  const versions: unknown[] = Object.values(dependencies);
  const shown = [...page.matchAll(/^\| JavaScript \| \[([^\]]+)\] \| ([^|,]+)/gm)];
  const others = shown.filter(
    ([, name, version]) => name !== 'fetch of Node' && !versions.includes(version?.trim()),
  );
  expect(others.map(([row]) => row)).toEqual([]);
});

it('docs/api.md states the number of clients and languages', () => {
  const languages = new Set(
    CLIENTS.map(({ language }) => language).filter((language) => language !== 'Browser'),
  );
  expect(api).toContain(`lists ${CLIENTS.length} clients in ${languages.size} languages`);
});
