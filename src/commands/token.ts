import { signToken } from '../auth/token.ts';
import { openCommand, parseArguments, UsageError, writeLine } from './command-line.ts';

const USAGE = 'npm run token -- alice "Alice Liddell"';

/** Prints a token for a user, to try Portrait out. In production, the host application signs its own tokens. */
export async function token(args: string[]): Promise<void> {
  const [id, name = null, ...others] = parseArguments(args, {}, USAGE).positionals;
  const { AUTH_SECRET, AUTH_ISSUER, AUTH_AUDIENCE } = openCommand().config;
  if (id === undefined || others.length > 0 || AUTH_SECRET === undefined) {
    throw new UsageError(`A token needs AUTH_SECRET and a user id. Usage: ${USAGE}`);
  }
  const claims = { issuer: AUTH_ISSUER, audience: AUTH_AUDIENCE };
  writeLine(await signToken({ id, name }, AUTH_SECRET, claims));
}
