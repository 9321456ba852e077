import type { IncomingHttpHeaders } from 'node:http';
import { parseCookie } from 'cookie';
import type { JWTPayload } from 'jose';
import * as errors from 'jose/errors';
import { SignJWT } from 'jose/jwt/sign';
import { emailHashesOf } from './email-hashes.ts';
import { UnusableKeyError } from './errors.ts';
import { type Scope, scopesOf } from './scopes.ts';
import { VerifiedTokens } from './verified-tokens.ts';
import { CLOCK_TOLERANCE_S, createVerifier, type VerifierOptions } from './verify-token.ts';
import {
  type Identify,
  type Identity,
  isUserId,
  MAX_NAME_LENGTH,
  type NotSignedIn,
  USER_ID_RULE,
  type Viewer,
} from './viewer.ts';

export interface TokenOptions extends VerifierOptions {
  /** Name of a cookie that can carry the token instead of the Authorization header. */
  readonly cookie?: string | undefined;
  /** True to hash the address in the claim `email`. */
  readonly readsEmail?: boolean;
}

const WITHOUT_TOKEN: NotSignedIn = {
  viewer: null,
  reason: 'You are not signed in. Sign in and try again.',
};

/**
 * Creates a function that identifies users by the host application's token (a JWT). The claim `sub` is the user's id,
 * and `name` is the name. An invalid token counts as no token, and `reason` states why it is invalid. The server
 * remembers valid tokens, so it rarely verifies a token twice: see docs/decisions/verified-tokens.md.
 */
export function identifyByToken(options: TokenOptions): Identify {
  const verifier = createVerifier(options);
  const verified = new VerifiedTokens(CLOCK_TOLERANCE_S);

  async function verify(token: string, keys: object | undefined): Promise<Identity> {
    try {
      const payload = await verifier.verify(token);
      const identity = { viewer: viewerOf(payload, options) };
      // If a download replaced the keys in the meantime, the key of this token may be gone.
      if (keys !== undefined && keys === verifier.currentKeys()) {
        // The verifier requires `exp`, but not `nbf`.
        const { nbf = Number.NEGATIVE_INFINITY, exp = Number.NEGATIVE_INFINITY } = payload;
        verified.add(token, { identity, keys, notBefore: nbf, expiresAt: exp });
      }
      return identity;
    } catch (error) {
      if (error instanceof errors.JOSEError) {
        return { viewer: null, reason: reasonOf(error) };
      }
      if (error instanceof UnusableKeyError) {
        return { viewer: null, reason: error.message };
      }
      throw error;
    }
  }

  return (headers) => {
    const token = findToken(headers, options.cookie);
    if (token === undefined) {
      return WITHOUT_TOKEN;
    }
    const keys = verifier.currentKeys();
    const known = keys === undefined ? undefined : verified.find(token, keys);
    return known ?? verify(token, keys);
  };
}

/** User and permissions of a token for trying Portrait out. */
export interface TrialClaims extends Pick<Viewer, 'id' | 'name'> {
  readonly scopes?: readonly Scope[];
}

/** Signs a token for trying Portrait out. `identifyByToken` accepts it for an hour. */
export function signToken(
  { id, name, scopes = [] }: TrialClaims,
  secret: string,
  options: Omit<TokenOptions, 'keys'>,
) {
  const claims = { ...(name !== null && { name }), ...(scopes.length > 0 && { scope: scopes.join(' ') }) };
  const token = new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(id)
    .setIssuedAt()
    .setExpirationTime('1h');
  if (options.issuer !== undefined) {
    token.setIssuer(options.issuer);
  }
  if (options.audience !== undefined) {
    token.setAudience(options.audience);
  }
  return token.sign(new TextEncoder().encode(secret));
}

function findToken({ authorization, cookie }: IncomingHttpHeaders, cookieName?: string): string | undefined {
  const bearer = /^bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
  return bearer ?? (cookieName === undefined ? undefined : parseCookie(cookie ?? '')[cookieName]);
}

function viewerOf(claims: JWTPayload, { readsEmail }: TokenOptions): Viewer {
  const { sub, name } = claims;
  if (typeof sub !== 'string' || !isUserId(sub)) {
    throw new errors.JWTInvalid(`"sub" must be a string of ${USER_ID_RULE}`);
  }
  return {
    id: sub,
    name: typeof name === 'string' && name !== '' ? shortName(name) : null,
    emailHashes: readsEmail === true ? emailHashesOf(claims['email'], claims['email_verified']) : undefined,
    scopes: scopesOf(claims['scope'], claims['scp']),
  };
}

/** Shortens a name to MAX_NAME_LENGTH. Copies the text, because a slice would keep the whole name in memory. */
function shortName(name: string): string {
  return name.length <= MAX_NAME_LENGTH
    ? name
    : Buffer.from(name.slice(0, MAX_NAME_LENGTH), 'utf16le').toString('utf16le');
}

function reasonOf(error: errors.JOSEError): string {
  return error instanceof errors.JWTExpired
    ? 'Your sign-in has expired. Sign in again.'
    : `Your sign-in was not accepted (${error.message}). Sign in again.`;
}
