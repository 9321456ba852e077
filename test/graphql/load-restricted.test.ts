import { join } from 'node:path';
import { execute, parse } from 'graphql';
import { expect, it, onTestFinished } from 'vitest';
import type { Scope } from '../../src/auth/scopes.ts';
import { openSqliteDatabase } from '../../src/database/sqlite/sqlite-database.ts';
import type { Context } from '../../src/graphql/context.ts';
import { schema } from '../../src/graphql/schema.ts';
import { createUrls } from '../../src/graphql/urls.ts';
import { ALL_TYPES } from '../../src/imaging/accepted-types.ts';
import { openImaging } from '../../src/imaging/pool.ts';
import { openPictureStore } from '../support/picture-store.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const IDS = Array.from({ length: 100 }, (_, index) => `user-${index}`);
const SOURCE = `{ users(ids: ${JSON.stringify(IDS)}) { previousPicture { id } uploadBlock { until } } }`;

it.for<[viewer: string, scopes: readonly Scope[], statements: number]>([
  ['a moderator', ['portrait:moderate'], 2],
  ['a user', [], 1],
])(
  'The previous pictures and blocks of a hundred users take %s few statements',
  async ([_what, scopes, count]) => {
    const folder = await temporaryFolder();
    const statements: string[] = [];
    const database = openSqliteDatabase(join(folder, 'portrait.db'), {
      onStatement: (sql) => statements.push(sql),
    });
    const store = await openPictureStore({ folder, database });
    const trashed = await store.makeLive('user-7');
    await store.makeLive('user-7');
    const imaging = openImaging({ workers: 1 });
    onTestFinished(() => imaging.close());
    const contextValue: Context = {
      parts: { ...store, imaging, acceptedTypes: ALL_TYPES, maxPixels: 51_000_000 },
      urls: createUrls(
        () => 'http://localhost',
        () => 'http://localhost/static/pictures',
      ),
      rules: { maxBytes: 1, maxPixels: 1, types: ALL_TYPES },
      limitUploads: async () => {},
      identity: { viewer: { id: 'mod', name: null, scopes } },
      users: new Map(),
      signal: new AbortController().signal,
    };
    statements.length = 0;
    const result = execute({ schema, document: parse(SOURCE), contextValue });
    // Plans support no promises inside users.
    expect(result instanceof Promise).toBe(scopes.length > 0);
    const { data, errors } = await result;
    expect(errors).toBeUndefined();
    expect(statements).toHaveLength(count);
    const users = data?.['users'] as { previousPicture: { id: string } | null }[];
    expect(users).toHaveLength(100);
    expect(users[7]?.previousPicture).toEqual(scopes.length === 0 ? null : { id: trashed });
  },
);
