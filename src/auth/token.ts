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
  /** What the claim `iss` must be. */
  readonly issuer?: string | undefined;
  /** What the claim `aud` must be or hold. */
  readonly audience?: string | undefined;
  /** Name of a cookie that may carry the token in place of the Authorization header. */
  readonly cookie?: string | undefined;
}

/** What proves a token: a secret that both sides know (HS256), or the issuer's public keys. */
export type TokenKeys = { readonly secret: string } | KeySetOptions;

/** Pinned by the kind of key, never by the token, so that no public key is ever taken for a secret. */
const SECRET_ALGORITHMS = ['HS256'];
const PUBLIC_KEY_ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];
/** Seconds by which two clocks may differ. */
const CLOCK_TOLERANCE_S = 30;
/** Of the issuer's, for a token that does not name its key. */
const MAX_KEYS_TRIED = 4;

const SIGN_IN_FIRST = 'Please sign in first.';

/**
 * Reads who is signed in from the host application's token (a JWT): its `sub` is the user's id, its `name` the name.
 * A token that proves nothing is as good as none, and the reason is told to whoever needs one.
 */
export function identifyByToken(options: TokenOptions): Identify {
  const verify = createVerifier(options);
  return async (headers) => {
    const token = findToken(headers, options.cookie);
    if (token === undefined) {
      return { viewer: null, reason: SIGN_IN_FIRST };
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

/** A token that `identifyByToken` takes for an hour, to try things out. */
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
        return await verifyByAny(token, error, publicRules, keySet);
      }
      // jose throws a TypeError for a key of the issuer that must not be used, such as an RSA key that is too short.
      throw error instanceof TypeError ? keySet.refuseKey(error, decodeProtectedHeader(token).kid) : error;
    }
  };
}

/** By the first keys that may be meant, since the token names none: while an issuer changes its keys there are two. */
async function verifyByAny(
  token: string,
  keys: AsyncIterable<CryptoKey>,
  rules: JWTVerifyOptions,
  keySet: KeySet,
): Promise<JWTPayload> {
  let tried = 0;
  let unusable: TypeError | undefined;
  for await (const key of keys) {
    tried += 1;
    if (tried > MAX_KEYS_TRIED) {
      break;
    }
    try {
      return (await jwtVerify(token, key, rules)).payload;
    } catch (error) {
      if (error instanceof TypeError) {
        unusable = error;
      } else if (!(error instanceof errors.JWSSignatureVerificationFailed)) {
        throw error;
      }
    }
  }
  throw unusable === undefined
    ? new errors.JWSSignatureVerificationFailed()
    : keySet.refuseKey(unusable, undefined);
}

function findToken({ authorization, cookie }: IncomingHttpHeaders, cookieName?: string): string | undefined {
  const bearer = /^bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
  return bearer ?? (cookieName === undefined ? undefined : parseCookie(cookie ?? '')[cookieName]);
}

function viewerOf({ sub, name }: JWTPayload): Viewer {
  if (typeof sub !== 'string' || sub === '' || sub.length > MAX_ID_LENGTH) {
    throw new errors.JWTInvalid(`"sub" must be a text of 1 to ${MAX_ID_LENGTH} characters`);
  }
  // What a database would change or refuse could be taken for another user.
  if (!sub.isWellFormed() || sub.includes('\0')) {
    throw new errors.JWTInvalid('"sub" must be well-formed Unicode without NUL');
  }
  return { id: sub, name: typeof name === 'string' && name !== '' ? name.slice(0, MAX_NAME_LENGTH) : null };
}

function reasonOf(error: errors.JOSEError): string {
  return error instanceof errors.JWTExpired
    ? 'Your sign-in has expired. Please sign in again.'
    : `Your sign-in was not accepted (${error.message}). Please sign in again.`;
}
