import type { Scope } from '../../src/auth/scopes.ts';
import { signToken } from '../../src/auth/token.ts';

/** Secret that the test servers verify tokens with. */
export const AUTH_SECRET = 'a secret that only the two servers know';

/** Returns the headers that sign in a user of the host application. */
export async function signedIn(
  id: string,
  name: string | null = null,
  scopes: readonly Scope[] = [],
): Promise<Record<string, string>> {
  return { Authorization: `Bearer ${await signToken({ id, name, scopes }, AUTH_SECRET, {})}` };
}
