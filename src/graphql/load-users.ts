import type { UserRecord } from '../database/database.ts';
import type { Context } from './context.ts';
import { forgetRestricted } from './load-restricted.ts';

type Loaded = UserRecord | Promise<UserRecord>;

/**
 * Loads users in the order of the ids, and reads those that the request has not loaded yet with one query. A user
 * unknown to Portrait has no name and no picture. The name in the current token replaces the viewer's stored name.
 * Returns a promise only if the database does.
 */
export function loadUsers(context: Context, ids: readonly string[]): UserRecord[] | Promise<UserRecord[]> {
  const { users } = context;
  // Each id once: if the query fails, a promise that another one replaces would be an unhandled rejection.
  const missing = new Set(ids.filter((id) => !users.has(id)));
  if (missing.size > 0) {
    const found = context.parts.database.findUsers([...missing]);
    for (const id of missing) {
      users.set(
        id,
        found instanceof Promise
          ? found.then((known) => recordOf(context, known, id))
          : recordOf(context, found, id),
      );
    }
  }
  const loaded = ids.map((id) => users.get(id) as Loaded);
  return areRecords(loaded) ? loaded : Promise.all(loaded);
}

/** Loads one user; see {@link loadUsers}. */
export function loadUser(context: Context, id: string): Loaded {
  const known = context.users.get(id);
  if (known !== undefined) {
    return known;
  }
  const users = loadUsers(context, [id]);
  return users instanceof Promise ? users.then(([user]) => user as UserRecord) : (users[0] as UserRecord);
}

/** Loads a user again after a mutation. */
export function reloadUser(context: Context, id: string): Loaded {
  forgetUser(context, id);
  return loadUser(context, id);
}

/** Forgets what the request has read about a user, because it changed. */
export function forgetUser(context: Context, id: string): void {
  context.users.delete(id);
  forgetRestricted(context, id);
}

function recordOf(
  { identity: { viewer } }: Context,
  known: ReadonlyMap<string, UserRecord>,
  id: string,
): UserRecord {
  const user = known.get(id) ?? { id, name: null, picture: null };
  return viewer?.id === id ? { ...user, name: viewer.name ?? user.name } : user;
}

function areRecords(loaded: readonly Loaded[]): loaded is UserRecord[] {
  return !loaded.some((user) => user instanceof Promise);
}
