import type { PortraitUser } from './portrait.d.ts';

/** Maximum number of users to remember. An editor changes only few of them. */
const MAX_USERS = 100;

/**
 * Users whose pictures have changed since the page was loaded, by id. Browsers keep the stable URLs of avatars for some
 * minutes, so a new avatar of such a user would still show the previous picture.
 */
const users = new Map<string, PortraitUser>();

/** Remembers a user after a change, and forgets the oldest if there are too many. */
export function rememberUser(user: PortraitUser): void {
  users.delete(user.id);
  users.set(user.id, user);
  const [oldest] = users.keys();
  if (users.size > MAX_USERS && oldest !== undefined) {
    users.delete(oldest);
  }
}

/** Returns the user after the latest change on this page, or undefined if there was none. */
export function latestUser(id: string): PortraitUser | undefined {
  return users.get(id);
}
