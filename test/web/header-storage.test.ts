import { expect, it } from 'vitest';
import {
  headerStorage,
  type KeyValueStorage,
  persistsHeaders,
} from '../../src/web/graphiql/header-storage.ts';

const SETTING = 'graphiql:shouldPersistHeaders';
const TABS = JSON.stringify({ activeTabIndex: 0, tabs: [{ query: '{ a }', headers: 'secret' }] });
const TABS_WITHOUT = JSON.stringify({ activeTabIndex: 0, tabs: [{ query: '{ a }', headers: null }] });

/** A storage like that of a browser. */
function storageWith(entries: Readonly<Record<string, string>> = {}): KeyValueStorage {
  const values = new Map(Object.entries(entries));
  return {
    get length() {
      return values.size;
    },
    getItem: (key) => values.get(key) ?? null,
    setItem: (key, value) => void values.set(key, value),
    removeItem: (key) => void values.delete(key),
    clear: () => values.clear(),
  };
}

it.for([
  ['graphiql:headers', 'secret', ''],
  ['graphiql:tabState', TABS, TABS_WITHOUT],
  [
    'graphiql:queries',
    '{"queries":[{"query":"{ a }","headers":"secret"}]}',
    '{"queries":[{"query":"{ a }","headers":null}]}',
  ],
  ['graphiql:favorites', '{"favorites":[{"headers":"secret"}]}', '{"favorites":[{"headers":null}]}'],
  ['graphiql:tabState', 'secret', ''],
  ['graphiql:query', 'query headers', 'query headers'],
] as const)('%s %j is stored as %j', ([key, value, expected]) => {
  const storage = storageWith();
  headerStorage(storage).setItem(key, value);
  expect(storage.getItem(key)).toBe(expected);
});

it('headers that an earlier version stored are hidden', () => {
  const storage = headerStorage(storageWith({ 'graphiql:headers': 'secret', 'graphiql:tabState': TABS }));
  expect(storage.getItem('graphiql:headers')).toBe('');
  expect(storage.getItem('graphiql:tabState')).toBe(TABS_WITHOUT);
  expect(storage.getItem('graphiql:favorites')).toBeNull();
});

it('headers are stored from the moment at which the user chooses that', () => {
  const storage = storageWith();
  const filtered = headerStorage(storage);
  filtered.setItem('graphiql:tabState', TABS);
  filtered.setItem(SETTING, 'true');
  expect(persistsHeaders(storage)).toBe(true);
  expect(storage.getItem('graphiql:tabState')).toBe(TABS);
  filtered.setItem('graphiql:headers', 'secret');
  expect(filtered.getItem('graphiql:headers')).toBe('secret');
});
