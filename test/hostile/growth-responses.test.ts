import { join } from 'node:path';
import { type DocumentNode, execute, parse } from 'graphql';
import { afterAll, expect, test } from 'vitest';
import { openSqliteDatabase } from '../../src/database/sqlite/sqlite-database.ts';
import { prepareOperation } from '../../src/graphql/operation-limits.ts';
import { schema } from '../../src/graphql/schema.ts';
import { createUrls } from '../../src/graphql/urls.ts';
import { testGrowth } from '../support/growth.ts';
import { makeTemporaryFolder } from '../support/temporary-folder.ts';

const MAX_RESPONSE_BYTES = 4 * 1024 * 1024;
/** The longest id. As JSON, each of its characters takes six bytes. */
const LONG_ID = '\u0001'.repeat(255);
const LONG_IDS: readonly string[] = Array(100).fill(LONG_ID);
const PLAIN_IDS = Array.from({ length: 100 }, (_, index) => `${'!'.repeat(200)}${index}`);
const folder = await makeTemporaryFolder();
const database = openSqliteDatabase(join(folder.path, 'portrait.db'));
const context = {
  parts: { database },
  identity: { viewer: null, reason: '' },
  urls: createUrls(
    () => 'http://127.0.0.1',
    () => 'http://127.0.0.1/static/pictures',
  ),
};

afterAll(async () => {
  await database.close();
  await folder[Symbol.asyncDispose]();
});

/** Returns a query for users that selects a field under many aliases. */
function manyAliases(count: number, field: string): DocumentNode {
  const aliases = Array.from({ length: count }, (_, index) => `a${index}: ${field}`);
  return parse(`query ($ids: [ID!]!) { users(ids: $ids) { ${aliases.join(' ')} } }`);
}

/** Runs a query with a context of its own, as the server does. @returns the data as JSON. */
async function respond(document: DocumentNode, ids: readonly string[]): Promise<string> {
  const contextValue = { ...context, users: new Map() };
  const { data, errors } = await execute({ schema, document, contextValue, variableValues: { ids } });
  if (errors !== undefined) {
    throw errors[0];
  }
  return JSON.stringify(data);
}

testGrowth([
  {
    where: 'the response for a hundred users with many aliases',
    size: 12,
    work: (size) => {
      const document = manyAliases(size, 'avatarUrl');
      return () => respond(document, PLAIN_IDS);
    },
  },
  {
    where: 'the response for many users',
    size: 50,
    work: (size) => {
      const document = manyAliases(24, 'avatarUrl');
      return () => respond(document, PLAIN_IDS.slice(0, size));
    },
  },
  {
    where: 'a response of many bytes',
    size: 12,
    work: (size) => {
      const document = manyAliases(size, 'id');
      return () => respond(document, LONG_IDS);
    },
  },
]);

test('Twice the aliases produce about twice the bytes, until the server rejects the document', async () => {
  const bytes: number[] = [];
  let aliases = 1;
  let document = manyAliases(aliases, 'id');
  const check = () => prepareOperation({ schema, document, variableValues: { ids: LONG_IDS } }).errors;
  while (check() === undefined) {
    bytes.push(Buffer.byteLength(await respond(document, LONG_IDS)));
    aliases *= 2;
    document = manyAliases(aliases, 'id');
  }
  const ratios = bytes.slice(1).map((size, index) => size / (bytes[index] ?? 0));
  expect(Math.max(...ratios)).toBeLessThan(2.1);
  expect(Math.max(...bytes)).toBeGreaterThan(MAX_RESPONSE_BYTES / 4);
  expect(Math.max(...bytes)).toBeLessThan(MAX_RESPONSE_BYTES);
  expect(check()?.[0]?.message).toContain(`${MAX_RESPONSE_BYTES}`);
});
