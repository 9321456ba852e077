import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { VARIABLES } from '../../src/config/variables.ts';

const ROOT = join(import.meta.dirname, '../..');

const SETTINGS_TABLE = /^\| Variable \| Default \| Description \|\n\|---\|---\|---\|\n((?:\|.*\|\n)+)/gm;

/** Defaults in words of the variables that are derived from other values or have no default value. */
const DEFAULTS_IN_WORDS: Readonly<Record<string, string>> = {
  PUBLIC_URL: '`http://HOST:PORT`',
  IMAGE_WORKERS: 'number of cores, at most 4',
  PICTURES_URL: '`PUBLIC_URL/static/pictures`',
  S3_ENDPOINT: 'AWS',
  S3_FORCE_PATH_STYLE: '`true` with `S3_ENDPOINT`',
  AWS_REGION: 'from the AWS SDK',
  AWS_ACCESS_KEY_ID: 'from the AWS SDK',
  AWS_SECRET_ACCESS_KEY: 'from the AWS SDK',
  AWS_SESSION_TOKEN: 'from the AWS SDK',
  AUTH_SECRET: 'none',
  AUTH_JWKS_URL: 'none',
  AUTH_ISSUER: 'any',
  AUTH_AUDIENCE: 'any',
  AUTH_COOKIE: 'none',
  ALLOWED_ORIGINS: 'none',
  WEBHOOK_URL: 'none',
  WEBHOOK_SECRET: 'none',
  TRUST_PROXY: 'none',
  MAX_CONNECTIONS_PER_ADDRESS: 'a quarter of `MAX_CONNECTIONS`',
};

interface Row {
  readonly names: readonly string[];
  /** Markdown of the second cell. */
  readonly defaults: string;
  readonly description: string;
}

/** Returns the rows of all tables of settings on a page. */
async function readRows(page: string): Promise<Row[]> {
  const text = await readFile(join(ROOT, page), 'utf8');
  const lines = [...text.matchAll(SETTINGS_TABLE)].flatMap(([, body]) => (body as string).trim().split('\n'));
  return lines.map((line) => {
    const [, variables = '', defaults = '', description = ''] = line.split('|').map((cell) => cell.trim());
    return { names: variables.split(', ').map((name) => name.replaceAll('`', '')), defaults, description };
  });
}

/** Returns the default of every variable, as a table must show it. */
function expectedDefaults(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(VARIABLES.entries).map(([name, { default: value }]) => [
      name,
      typeof value === 'string' && value !== '' ? `\`${value}\`` : (DEFAULTS_IN_WORDS[name] ?? 'missing'),
    ]),
  );
}

it('every default is either a constant or described in words', () => {
  const inWords = Object.entries(VARIABLES.entries)
    .filter(([, { default: value }]) => typeof value !== 'string' || value === '')
    .map(([name]) => name);
  expect(Object.keys(DEFAULTS_IN_WORDS).sort()).toEqual(inWords.sort());
});

describe('docs/configuration.md', () => {
  it('lists every variable once, with its default', async () => {
    const rows = await readRows('docs/configuration.md');
    expect(rows.map(({ names }) => names.join(', ')).sort()).toEqual(Object.keys(VARIABLES.entries).sort());
    expect(Object.fromEntries(rows.map(({ names, defaults }) => [names.join(', '), defaults]))).toEqual(
      expectedDefaults(),
    );
  });

  it('describes every variable', async () => {
    const rows = await readRows('docs/configuration.md');
    expect(rows.filter(({ description }) => description === '')).toEqual([]);
  });
});

describe('README.md', () => {
  it('has eight rows of settings with their defaults', async () => {
    const rows = await readRows('README.md');
    expect(rows).toHaveLength(8);
    const expected = expectedDefaults();
    for (const { names, defaults } of rows) {
      // A row whose variables share a default shows it once.
      const each = [...new Set(names.map((name) => expected[name] ?? `${name} is not a variable`))];
      expect(defaults, names.join(', ')).toBe(each.join(', '));
    }
  });

  it('describes every setting that it lists and lists none twice', async () => {
    const rows = await readRows('README.md');
    const names = rows.flatMap((row) => row.names);
    expect(names).toEqual([...new Set(names)]);
    expect(rows.filter(({ description }) => description === '')).toEqual([]);
  });
});
