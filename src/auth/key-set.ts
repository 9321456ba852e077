import { createRemoteJWKSet, customFetch, errors, type JWTVerifyGetKey } from 'jose';
import { limitWarnings } from '../telemetry/limit-warnings.ts';
import type { Logger } from '../telemetry/logger.ts';
import { AuthUnavailableError, KeySetUnavailableError, UnusableKeyError } from './errors.ts';
import { fetchKeySet } from './fetch-key-set.ts';
import { pauseAfterFailure } from './pause-after-failure.ts';

export interface KeySetOptions {
  readonly jwksUrl: string;
  /** Milliseconds after a download during which an unknown key does not cause another. */
  readonly cooldown?: number;
  readonly logger: Logger;
}

export interface KeySet {
  /**
   * Finds the key of a token. Rejects with a JOSEError if it has none, with AuthUnavailableError, or with UnusableKeyError.
   */
  readonly findKey: JWTVerifyGetKey;
  /**
   * Returns the error for clients whose token needs a key that must not be used. Logs the reason, at most once a minute.
   * @param kid the key's name, if the token has it.
   */
  refuseKey(reason: unknown, kid: string | undefined): UnusableKeyError;
}

/** Milliseconds for the whole download, from connecting to the last byte. */
const DOWNLOAD_TIMEOUT_MS = 5_000;
/**
 * Milliseconds. After the issuer has changed its keys, tokens with a new key are refused for no longer than this. Forged
 * tokens cause at most 12 downloads a minute.
 */
const COOLDOWN_MS = 5_000;
/** Milliseconds by which a clock may be corrected backwards without a new download. */
const CLOCK_TOLERANCE_MS = 30_000;

/**
 * Opens an issuer's public keys. The first token starts the download. The keys are valid for ten minutes. A token with an
 * unknown key starts a new download, at most once per cooldown, so forged tokens delay a new key by no more than that.
 * Concurrent calls share a download.
 */
export function openKeySet({ jwksUrl, cooldown = COOLDOWN_MS, logger }: KeySetOptions): KeySet {
  const download = pauseAfterFailure(fetchKeySet, logger);
  const create = () =>
    createRemoteJWKSet(new URL(jwksUrl), {
      timeoutDuration: DOWNLOAD_TIMEOUT_MS,
      cooldownDuration: cooldown,
      [customFetch]: download,
    });
  let keySet = create();
  let usedAt = Date.now();

  let unusable: { readonly reason: string; readonly kid: string | undefined } | undefined;
  // Every client can send tokens that name this key.
  const warn = limitWarnings((tokens) =>
    logger.warn(
      { tokens, ...unusable },
      'Refusing tokens whose key in the key set must not be used; have the issuer replace the key',
    ),
  );

  function refuseKey(reason: unknown, kid: string | undefined): UnusableKeyError {
    unusable = { reason: reason instanceof Error ? reason.message : String(reason), kid };
    warn();
    return new UnusableKeyError();
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
        throw isFaultOfToken(error) ? error : refuseKey(error, header.kid);
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
