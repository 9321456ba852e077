import type { FetchImplementation } from 'jose';
import type { Logger } from '../telemetry/logger.ts';

/** Milliseconds between a failed download and the next. A client's `Retry-After` is as long. */
const RETRY_PAUSE_MS = 2_000;

interface Failure {
  readonly error: unknown;
  /** Time of the monotonic clock, so that a jump of the system's clock does not prolong the pause. */
  readonly retryAt: number;
}

/**
 * Wraps a download so that a failing key set is requested at most once per pause. Meanwhile, calls reject at once with
 * the remembered error. The log has one line when downloads begin to fail, when the reason changes, and when they
 * succeed again.
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
        logger.info('Downloaded the key set again');
      }
      return response;
    } catch (error) {
      if (failure === undefined || reasonOf(failure.error) !== reasonOf(error)) {
        logger.error({ err: error }, 'Could not download the key set; retrying every 2 seconds at most');
      }
      failure = { error, retryAt: performance.now() + RETRY_PAUSE_MS };
      throw error;
    }
  };
}

/** Returns all messages of an error and its causes: `fetch` keeps the reason, such as ECONNREFUSED, in a cause. */
function reasonOf(error: unknown): string {
  return error instanceof Error ? `${error.message} ${reasonOf(error.cause)}` : '';
}
