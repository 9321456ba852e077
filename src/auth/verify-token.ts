import type { JWTPayload, JWTVerifyOptions } from 'jose';
import { decodeProtectedHeader } from 'jose/decode/protected_header';
import * as errors from 'jose/errors';
import { jwtVerify } from 'jose/jwt/verify';
import { type KeySet, type KeySetOptions, openKeySet } from './key-set.ts';

/** Keys that verify tokens: a secret shared with the issuer (HS256), or the issuer's public keys. */
export type TokenKeys = { readonly secret: string } | KeySetOptions;

export interface VerifierOptions {
  readonly keys: TokenKeys;
  /** Required value of the claim `iss`. */
  readonly issuer?: string | undefined;
  /** Required value of the claim `aud`, or of one of its entries. */
  readonly audience?: string | undefined;
}

export interface TokenVerifier {
  /**
   * Verifies the signature and the claims of a token. Rejects with a JOSEError, with UnusableKeyError, or with
   * AuthUnavailableError.
   */
  verify(token: string): Promise<JWTPayload>;
  /** Returns an object that stands for the keys; see {@link KeySet.currentKeys}. */
  currentKeys(): object | undefined;
}

// The kind of key determines the algorithms, never the token. So a public key can never pass as a secret.
const SECRET_ALGORITHMS = ['HS256'];
const PUBLIC_KEY_ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];
/** Seconds by which the clocks of issuer and server can differ. */
export const CLOCK_TOLERANCE_S = 30;
/** Maximum number of the issuer's keys to try for a token that does not name its key. */
const MAX_KEYS_TRIED = 4;

/** Creates a verifier. It requires the claims `sub` and `exp`. */
export function createVerifier({ keys, issuer, audience }: VerifierOptions): TokenVerifier {
  const rules = {
    clockTolerance: CLOCK_TOLERANCE_S,
    requiredClaims: ['sub', 'exp'],
    ...(issuer !== undefined && { issuer }),
    ...(audience !== undefined && { audience }),
  };
  return 'secret' in keys ? verifierBySecret(keys.secret, rules) : verifierByKeySet(openKeySet(keys), rules);
}

function verifierBySecret(text: string, rules: JWTVerifyOptions): TokenVerifier {
  const secret = new TextEncoder().encode(text);
  const secretRules = { ...rules, algorithms: SECRET_ALGORITHMS };
  return {
    verify: async (token) => (await jwtVerify(token, secret, secretRules)).payload,
    currentKeys: () => secret,
  };
}

function verifierByKeySet(keySet: KeySet, rules: JWTVerifyOptions): TokenVerifier {
  const publicRules = { ...rules, algorithms: PUBLIC_KEY_ALGORITHMS };
  return {
    async verify(token) {
      try {
        return (await jwtVerify(token, keySet.findKey, publicRules)).payload;
      } catch (error) {
        if (error instanceof errors.JWKSMultipleMatchingKeys) {
          return await verifyWithAny(token, error, publicRules, keySet);
        }
        // jose throws a TypeError for an unusable key of the issuer, such as an RSA key that is too short.
        throw error instanceof TypeError ? keySet.rejectKey(error, decodeProtectedHeader(token).kid) : error;
      }
    },
    currentKeys: keySet.currentKeys,
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
