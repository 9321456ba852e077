import type { JWKSCacheInput, JWTVerifyGetKey } from 'jose';
import * as errors from 'jose/errors';
import { createRemoteJWKSet, customFetch, jwksCache } from 'jose/jwks/remote';
import { limitWarnings } from '../telemetry/limit-warnings.ts';
import type { Logger } from '../telemetry/logger.ts';
import { AuthUnavailableError, KeySetUnavailableError, UnusableKeyError } from './errors.ts';
import { fetchKeySet } from './fetch-key-set.ts';
import { pauseAfterFailure } from './pause-after-failure.ts';

export interface KeySetOptions {
  readonly jwksUrl: string;
  /** Milliseconds after a download during which an unknown key does not start another one. */
  readonly cooldown?: number;
  readonly logger: Logger;
}

export interface KeySet {
  /**
   * Finds the key for a token. Rejects with a JOSEError if there is none, with AuthUnavailableError, or with
   * UnusableKeyError.
   */
  readonly findKey: JWTVerifyGetKey;
  /**
   * Returns an object that stands for the keys, or undefined if the next token needs a download. A different object
   * means that the issuer may have withdrawn a key. A download of equal keys does not change it.
   */
  currentKeys(): object | undefined;
  /**
   * Returns the error for clients whose token needs an unusable key. Logs the reason, at most once a minute.
   * @param kid name of the key, if the token names it.
   */
  rejectKey(reason: unknown, kid: string | undefined): UnusableKeyError;
}

/** Milliseconds for the whole download, from the connection to the last byte. */
const DOWNLOAD_TIMEOUT_MS = 5_000;
/**
 * Milliseconds. After an issuer has rotated its keys, the server rejects tokens with a new key for at most this long.
 * Forged tokens cause at most 12 downloads a minute.
 */
const COOLDOWN_MS = 5_000;
/** Milliseconds by which the clock can be set back without a new download. */
const CLOCK_TOLERANCE_MS = 30_000;

/**
 * Opens an issuer's public keys. The first token starts the download. The keys are valid for ten minutes. A token with
 * an unknown key starts a new download, at most once per cooldown. So forged tokens can delay a new key only by the
 * cooldown. Concurrent calls share a download.
 */
export function openKeySet({ jwksUrl, cooldown = COOLDOWN_MS, logger }: KeySetOptions): KeySet {
  const download = pauseAfterFailure(fetchKeySet, logger);
  /** jose replaces `jwks` in the same turn in which it begins to use other keys. */
  let latest: JWKSCacheInput = {};
  const create = () => {
    latest = {};
    return createRemoteJWKSet(new URL(jwksUrl), {
      timeoutDuration: DOWNLOAD_TIMEOUT_MS,
      cooldownDuration: cooldown,
      [customFetch]: download,
      [jwksCache]: latest,
    });
  };
  let keySet = create();
  let lastUsedAt = Date.now();
  let current: { readonly jwks: unknown; readonly text: string; readonly keys: object } | undefined;

  /** Returns the key set. Begins with an empty one if the clock was set back. */
  function currentSet(): typeof keySet {
    const now = Date.now();
    if (now < lastUsedAt - CLOCK_TOLERANCE_MS) {
      // jose measures the age of keys by the system clock. If the clock is set back by a year, the keys stay valid for
      // a year.
      keySet = create();
    }
    lastUsedAt = now;
    return keySet;
  }

  function currentKeys(): object | undefined {
    if (!currentSet().fresh) {
      return undefined;
    }
    const { jwks } = latest;
    if (current === undefined || current.jwks !== jwks) {
      const text = JSON.stringify(jwks);
      current = { jwks, text, keys: current?.text === text ? current.keys : {} };
    }
    return current.keys;
  }

  let unusable: { readonly reason: string; readonly kid: string | undefined } | undefined;
  // Any client can send tokens that name this key.
  const warn = limitWarnings((tokens) =>
    logger.warn(
      { tokens, ...unusable },
      'Rejecting tokens whose key in the key set is unusable; ask the issuer to replace the key',
    ),
  );

  function rejectKey(reason: unknown, kid: string | undefined): UnusableKeyError {
    unusable = { reason: reason instanceof Error ? reason.message : String(reason), kid };
    warn();
    return new UnusableKeyError();
  }

  return {
    async findKey(header, token) {
      try {
        return await currentSet()(header, token);
      } catch (error) {
        if (error instanceof KeySetUnavailableError) {
          throw new AuthUnavailableError();
        }
        throw isTokenError(error) ? error : rejectKey(error, header.kid);
      }
    },
    currentKeys,
    rejectKey,
  };
}

/** Returns whether the key set is available, but has no key, several keys or no supported key for the token. */
function isTokenError(error: unknown): boolean {
  return (
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JOSENotSupported
  );
}
