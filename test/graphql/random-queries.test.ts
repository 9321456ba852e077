import { type ExecutionResult, executeRootSelectionSet, parse, validate } from 'graphql';
import { expect, it } from 'vitest';
import type { Identity } from '../../src/auth/viewer.ts';
import type { PictureDatabase } from '../../src/database/database.ts';
import { toClientError } from '../../src/graphql/errors.ts';
import { prepareOperation } from '../../src/graphql/operation-limits.ts';
import { QueryPlans } from '../../src/graphql/query-plans.ts';
import { schema } from '../../src/graphql/schema.ts';
import { createUrls } from '../../src/graphql/urls.ts';
import { ALL_TYPES } from '../../src/imaging/accepted-types.ts';
import { openPictureStore } from '../support/picture-store.ts';
import { randomFrom } from '../support/random-from.ts';
import { type RandomQuery, randomQuery } from '../support/random-query.ts';

const QUERIES = 150;

const VIEWERS: readonly Identity[] = [
  { viewer: null, reason: 'The request has no token.' },
  { viewer: { id: 'user-0', name: 'Zoe', scopes: [] } },
  { viewer: { id: 'user-1', name: null, scopes: ['portrait:moderate'] } },
];

const CONTEXT = {
  urls: createUrls(
    () => 'http://localhost',
    () => 'http://localhost/static/pictures',
  ),
  rules: { maxBytes: 1, maxPixels: 1, types: ALL_TYPES },
};

/** Returns what a client gets. If several fields fail at once, any of their errors can make the data null. */
async function resultOf(result: ExecutionResult | Promise<ExecutionResult>): Promise<unknown> {
  const { data, errors = [] } = await result;
  const sent = errors.map((error) => toClientError(error, 'id', () => {}));
  return data == null
    ? sent.map(({ message }) => message)
    : { data: JSON.stringify(data), errors: sent.map((error) => JSON.stringify(error)).sort() };
}

/** Returns databases whose queries of users are synchronous, as in SQLite, or asynchronous, or fail. */
function databasesOf(database: PictureDatabase): readonly PictureDatabase[] {
  const failing = async (): Promise<never> => {
    throw new Error('The database is unavailable.');
  };
  return [
    database,
    { ...database, findUsers: async (ids) => database.findUsers(ids) },
    { ...database, findUsers: failing, findRestricted: failing },
  ];
}

it('Plans return what graphql-js returns, also if the database fails', async () => {
  const store = await openPictureStore();
  for (const userId of ['user-0', 'user-0', 'user-1']) {
    await store.makeLive(userId);
  }
  const databases = databasesOf(store.database);
  const random = randomFrom(20);
  const pick = <Value>(values: readonly Value[]) => values[Math.floor(random() * values.length)] as Value;
  let compared = 0;

  /** Executes a query with graphql-js, and then three times with plans. */
  async function compare({ text, operationName, variables }: RandomQuery): Promise<void> {
    const document = parse(text);
    const [identity, database] = [pick(VIEWERS), pick(databases)];
    const prepare = () => {
      const context = { ...CONTEXT, parts: { ...store, database }, identity, users: new Map() };
      const args = { schema, document, operationName, variableValues: variables, contextValue: context };
      return prepareOperation(args);
    };
    const first = validate(schema, document).length > 0 ? undefined : prepare();
    if (first === undefined || first.errors !== undefined) {
      return;
    }
    const expected = await resultOf(executeRootSelectionSet(first.args));
    const plans = new QueryPlans();
    for (let execution = 0; execution < 3; execution += 1) {
      const prepared = prepare();
      const result = prepared.errors === undefined ? plans.execute(prepared.args) : prepared;
      expect(await resultOf(result), text).toEqual(expected);
    }
    compared += 1;
  }

  for (let index = 0; index < QUERIES; index += 1) {
    await compare(randomQuery(schema, random));
  }
  expect(compared).toBeGreaterThan(QUERIES / 3);
});
