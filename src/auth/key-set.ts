import { createRemoteJWKSet, customFetch, errors, type JWTVerifyGetKey } from 'jose';
import type { Logger } from '../telemetry/logger.ts';
import { AuthUnavailableError, KeySetUnavailableError } from './errors.ts';
import { fetchKeySet } from './fetch-key-set.ts';
import { pauseAfterFailure } from './pause-after-failure.ts';

export interface KeySetOptions {
  readonly jwksUrl: string;
  /** Milliseconds after a download during which an unknown key does not cause another. */
  readonly cooldown?: number;
  readonly logger: Logger;
}

export interface KeySet {
  /** Finds the key of a token. Rejects with a JOSEError if it has none, or with AuthUnavailableError. */
  readonly findKey: JWTVerifyGetKey;
  /** Returns the error for clients whose token needs a key that must not be used, and logs the reason. */
  refuseKey(reason: unknown): AuthUnavailableError;
}

/** Milliseconds for the whole download, from connecting to the last byte. */
const DOWNLOAD_TIMEOUT_MS = 5_000;
const COOLDOWN_MS = 30_000;
/** Milliseconds by which a clock may be corrected backwards without a new download. */
const CLOCK_TOLERANCE_MS = 30_000;

/**
 * Opens an issuer's public keys. The first token starts the download. The keys are valid for ten minutes. A token with an
 * unknown key starts a new download, at most once per cooldown, so forged tokens delay a new key by no more than that.
 * Concurrent calls share a download.
 */
export function openKeySet({ jwksUrl, cooldown = COOLDOWN_MS, logger }: KeySetOptions): KeySet {
  let unusableKeyLogged = false;
  const download = pauseAfterFailure(async (url, options) => {
    const response = await fetchKeySet(url, options);
    unusableKeyLogged = false;
    return response;
  }, logger);
  const create = () =>
    createRemoteJWKSet(new URL(jwksUrl), {
      timeoutDuration: DOWNLOAD_TIMEOUT_MS,
      cooldownDuration: cooldown,
      [customFetch]: download,
    });
  let keySet = create();
  let usedAt = Date.now();

  function refuseKey(reason: unknown): AuthUnavailableError {
    // Every client can send a token that names this key, so log it once per download.
    if (!unusableKeyLogged) {
      unusableKeyLogged = true;
      logger.error({ err: reason }, 'A key of the key set must not be used; its tokens are not accepted');
    }
    return new AuthUnavailableError();
  }

  return {
    async findKey(header, token) {
      if (Date.now() < usedAt - CLOCK_TOLERANCE_MS) {
        // jose measures the age of keys by the clock. If the clock was set back by a year, they would be valid for a year.
        keySet = create();
      }
      usedAt = Date.now();
      try {
        return await keySet(header, token);
      } catch (error) {
        if (error instanceof KeySetUnavailableError) {
          throw new AuthUnavailableError();
        }
        throw isFaultOfToken(error) ? error : refuseKey(error);
      }
    },
    refuseKey,
  };
}

/** Returns whether the key set is available, but has no key, or several keys, for the token. */
function isFaultOfToken(error: unknown): boolean {
  return (
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JOSENotSupported
  );
}
