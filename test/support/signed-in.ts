import { signToken } from '../../src/auth/token.ts';

/** What the tests' servers check tokens by. */
export const AUTH_SECRET = 'a secret that only the two servers know';

/** The headers of a user of the host application. */
export async function signedIn(id: string, name: string | null = null): Promise<Record<string, string>> {
  return { Authorization: `Bearer ${await signToken({ id, name }, AUTH_SECRET, {})}` };
}
