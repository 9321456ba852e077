/** Keys under which GraphiQL stores headers: alone, in tabs, and in the two lists of History. */
const HEADERS_KEY = 'graphiql:headers';
const KEYS_WITH_HEADERS: ReadonlySet<string> = new Set([
  HEADERS_KEY,
  'graphiql:tabState',
  'graphiql:queries',
  'graphiql:favorites',
]);
/** Key of the setting “Persist headers”. */
const SETTING_KEY = 'graphiql:shouldPersistHeaders';

/** The part of the browser's storage that GraphiQL uses. */
export type KeyValueStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'clear' | 'length'>;

/** Returns whether the user has chosen to persist headers in GraphiQL's settings. */
export function persistsHeaders(storage: KeyValueStorage): boolean {
  return storage.getItem(SETTING_KEY) === 'true';
}

/**
 * Returns a storage that keeps headers only if the user chose that, because they can contain a token. GraphiQL itself
 * always stores those of its History. Also hides headers that earlier versions have stored.
 */
export function headerStorage(storage: KeyValueStorage): KeyValueStorage {
  /** Values with headers, which are stored when the user chooses to persist headers. */
  const withheld = new Map<string, string>();
  const visible = (key: string, value: string) =>
    persistsHeaders(storage) || !KEYS_WITH_HEADERS.has(key) ? value : withoutHeaders(key, value);
  return {
    get length() {
      return storage.length;
    },
    getItem(key) {
      const value = storage.getItem(key);
      return value && visible(key, value);
    },
    setItem(key, value) {
      storage.setItem(key, visible(key, value));
      if (KEYS_WITH_HEADERS.has(key)) {
        withheld.set(key, value);
      }
      if (key === SETTING_KEY && persistsHeaders(storage)) {
        for (const [withheldKey, withheldValue] of withheld) {
          storage.setItem(withheldKey, withheldValue);
        }
      }
    },
    removeItem: (key) => storage.removeItem(key),
    clear: () => storage.clear(),
  };
}

function withoutHeaders(key: string, value: string): string {
  if (key === HEADERS_KEY) {
    return '';
  }
  try {
    // GraphiQL requires the property in each tab.
    return JSON.stringify(JSON.parse(value, (name, content) => (name === 'headers' ? null : content)));
  } catch {
    return '';
  }
}
