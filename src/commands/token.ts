import { isScope } from '../auth/scopes.ts';
import { signToken } from '../auth/token.ts';
import { openCommand, parseArguments, UsageError, writeLine } from './command-line.ts';

const USAGE = 'npm run token -- alice "Alice Liddell" portrait:moderate';

/**
 * Prints a token for a user, to try Portrait out. In production, the host application signs its own tokens.
 * @param args the user's id, and then the user's name and scopes, if any.
 */
export async function token(args: string[]): Promise<void> {
  const [id, name = null, ...scopes] = parseArguments(args, {}, USAGE).positionals;
  const { AUTH_SECRET, AUTH_ISSUER, AUTH_AUDIENCE } = openCommand().config;
  if (id === undefined || AUTH_SECRET === undefined) {
    throw new UsageError(`A token needs AUTH_SECRET and a user id. Usage: ${USAGE}`);
  }
  if (!scopes.every(isScope)) {
    throw new UsageError(`The scopes are portrait:moderate and portrait:write. Usage: ${USAGE}`);
  }
  const claims = { issuer: AUTH_ISSUER, audience: AUTH_AUDIENCE };
  writeLine(await signToken({ id, name, scopes }, AUTH_SECRET, claims));
}
