import type { FetchImplementation } from 'jose';
import type { Logger } from '../telemetry/logger.ts';

/** Milliseconds from a failed download to the next one. Clients get the same time as `Retry-After`. */
const RETRY_PAUSE_MS = 2_000;

interface Failure {
  readonly error: unknown;
  /** Time of the monotonic clock, so a jump of the system clock does not prolong the pause. */
  readonly retryAt: number;
}

/**
 * Wraps a download so that it requests a failing key set at most once per RETRY_PAUSE_MS. Until then, calls reject at
 * once with the last error. Logs one line when downloads begin to fail, when the reason changes, and when they succeed
 * again.
 */
export function pauseAfterFailure(download: FetchImplementation, logger: Logger): FetchImplementation {
  let failure: Failure | undefined;
  return async (url, options) => {
    if (failure !== undefined && performance.now() < failure.retryAt) {
      throw failure.error;
    }
    try {
      const response = await download(url, options);
      if (failure !== undefined) {
        failure = undefined;
        logger.info('Downloaded the key set after a failure');
      }
      return response;
    } catch (error) {
      if (failure === undefined || reasonOf(failure.error) !== reasonOf(error)) {
        logger.error({ err: error }, 'Could not download the key set; retrying at most every 2 seconds');
      }
      failure = { error, retryAt: performance.now() + RETRY_PAUSE_MS };
      throw error;
    }
  };
}

/** Returns the messages of an error and its causes. `fetch` puts the reason, such as ECONNREFUSED, into a cause. */
function reasonOf(error: unknown): string {
  return error instanceof Error ? `${error.message} ${reasonOf(error.cause)}` : '';
}
