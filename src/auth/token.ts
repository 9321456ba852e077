import type { IncomingHttpHeaders } from 'node:http';
import { parseCookie } from 'cookie';
import {
  decodeProtectedHeader,
  errors,
  type JWTPayload,
  type JWTVerifyOptions,
  jwtVerify,
  SignJWT,
} from 'jose';
import { UnusableKeyError } from './errors.ts';
import { type KeySet, type KeySetOptions, openKeySet } from './key-set.ts';
import { type Identify, MAX_ID_LENGTH, MAX_NAME_LENGTH, type Viewer } from './viewer.ts';

export interface TokenOptions {
  readonly keys: TokenKeys;
  /** Required value of the claim `iss`. */
  readonly issuer?: string | undefined;
  /** Required value of the claim `aud`, or of one of its entries. */
  readonly audience?: string | undefined;
  /** Name of a cookie that can carry the token instead of the Authorization header. */
  readonly cookie?: string | undefined;
}

/** Keys that verify tokens: a secret shared with the issuer (HS256), or the issuer's public keys. */
export type TokenKeys = { readonly secret: string } | KeySetOptions;

// The kind of key determines the algorithms, never the token. So a public key can never pass as a secret.
const SECRET_ALGORITHMS = ['HS256'];
const PUBLIC_KEY_ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];
/** Seconds by which the clocks of issuer and server can differ. */
const CLOCK_TOLERANCE_S = 30;
/** Maximum number of the issuer's keys to try for a token that does not name its key. */
const MAX_KEYS_TRIED = 4;

const NOT_SIGNED_IN = 'You are not signed in. Sign in and try again.';

/**
 * Creates a function that identifies users by the host application's token (a JWT). The claim `sub` is the user's id,
 * and `name` is the name. An invalid token counts as no token, and `reason` states why it is invalid.
 */
export function identifyByToken(options: TokenOptions): Identify {
  const verify = createVerifier(options);
  return async (headers) => {
    const token = findToken(headers, options.cookie);
    if (token === undefined) {
      return { viewer: null, reason: NOT_SIGNED_IN };
    }
    try {
      return { viewer: viewerOf(await verify(token)) };
    } catch (error) {
      if (error instanceof errors.JOSEError) {
        return { viewer: null, reason: reasonOf(error) };
      }
      if (error instanceof UnusableKeyError) {
        return { viewer: null, reason: error.message };
      }
      throw error;
    }
  };
}

/** Signs a token for trying Portrait out. `identifyByToken` accepts it for an hour. */
export function signToken({ id, name }: Viewer, secret: string, options: Omit<TokenOptions, 'keys'>) {
  const token = new SignJWT(name === null ? {} : { name })
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

function createVerifier({ keys, issuer, audience }: TokenOptions): (token: string) => Promise<JWTPayload> {
  const rules = {
    clockTolerance: CLOCK_TOLERANCE_S,
    requiredClaims: ['sub', 'exp'],
    ...(issuer !== undefined && { issuer }),
    ...(audience !== undefined && { audience }),
  };
  if ('secret' in keys) {
    const secret = new TextEncoder().encode(keys.secret);
    return async (token) =>
      (await jwtVerify(token, secret, { ...rules, algorithms: SECRET_ALGORITHMS })).payload;
  }
  const keySet = openKeySet(keys);
  const publicRules = { ...rules, algorithms: PUBLIC_KEY_ALGORITHMS };
  return async (token) => {
    try {
      return (await jwtVerify(token, keySet.findKey, publicRules)).payload;
    } catch (error) {
      if (error instanceof errors.JWKSMultipleMatchingKeys) {
        return await verifyWithAny(token, error, publicRules, keySet);
      }
      // jose throws a TypeError for an unusable key of the issuer, such as an RSA key that is too short.
      throw error instanceof TypeError ? keySet.rejectKey(error, decodeProtectedHeader(token).kid) : error;
    }
  };
}

/**
 * Verifies a token that does not name its key. Tries the first MAX_KEYS_TRIED keys that fit. There are usually two
 * while an issuer rotates its keys.
 */
async function verifyWithAny(
  token: string,
  keys: AsyncIterable<CryptoKey>,
  rules: JWTVerifyOptions,
  keySet: KeySet,
): Promise<JWTPayload> {
  let tried = 0;
  let unusableKeyError: TypeError | undefined;
  for await (const key of keys) {
    tried += 1;
    if (tried > MAX_KEYS_TRIED) {
      break;
    }
    try {
      return (await jwtVerify(token, key, rules)).payload;
    } catch (error) {
      if (error instanceof TypeError) {
        unusableKeyError = error;
      } else if (!(error instanceof errors.JWSSignatureVerificationFailed)) {
        throw error;
      }
    }
  }
  throw unusableKeyError === undefined
    ? new errors.JWSSignatureVerificationFailed()
    : keySet.rejectKey(unusableKeyError, undefined);
}

function findToken({ authorization, cookie }: IncomingHttpHeaders, cookieName?: string): string | undefined {
  const bearer = /^bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
  return bearer ?? (cookieName === undefined ? undefined : parseCookie(cookie ?? '')[cookieName]);
}

function viewerOf({ sub, name }: JWTPayload): Viewer {
  if (typeof sub !== 'string' || sub === '' || sub.length > MAX_ID_LENGTH) {
    throw new errors.JWTInvalid(`"sub" must be a string of 1 to ${MAX_ID_LENGTH} characters`);
  }
  // A database could reject other ids, or alter them so that they match another user.
  if (!sub.isWellFormed() || sub.includes('\0')) {
    throw new errors.JWTInvalid('"sub" must be well-formed Unicode without NUL');
  }
  return { id: sub, name: typeof name === 'string' && name !== '' ? name.slice(0, MAX_NAME_LENGTH) : null };
}

function reasonOf(error: errors.JOSEError): string {
  return error instanceof errors.JWTExpired
    ? 'Your sign-in has expired. Sign in again.'
    : `Your sign-in was not accepted (${error.message}). Sign in again.`;
}
