import type { Logger } from '../telemetry/logger.ts';

/** Milliseconds in which each origin is logged at most once. */
const WINDOW_MS = 60_000;
/** Maximum origins per window, so that invented origins fill neither the log nor the memory. */
const MAX_ORIGINS = 10;
/** Maximum characters of an origin in the log. A host name has at most 253. */
const MAX_ORIGIN_LENGTH = 300;

/**
 * Returns a function to call with the `Origin` of each request from a page that is not allowed. It logs the first ten
 * different origins of a minute.
 * @param clock returns the time in milliseconds.
 */
export function logRejectedOrigins(
  logger: Logger,
  clock: () => number = () => performance.now(),
): (origin: string) => void {
  const logged = new Set<string>();
  let windowEndsAt = Number.NEGATIVE_INFINITY;
  return (text) => {
    const now = clock();
    if (now >= windowEndsAt) {
      logged.clear();
      windowEndsAt = now + WINDOW_MS;
    }
    const origin = printable(text);
    if (logged.size >= MAX_ORIGINS || logged.has(origin)) {
      return;
    }
    logged.add(origin);
    if (origin === 'null') {
      logger.warn(
        'Rejected a page that hides its origin; serve it outside sandboxed frames, without Referrer-Policy: no-referrer',
      );
    } else {
      logger.warn(
        { origin },
        'Rejected a page of another origin; add its origin to ALLOWED_ORIGINS to allow it',
      );
    }
  };
}

/** Returns the start of a client's text, with control characters and non-ASCII characters percent-encoded. */
function printable(text: string): string {
  return text
    .slice(0, MAX_ORIGIN_LENGTH)
    .replace(/[^\x21-\x7e]/g, (character) => encodeURIComponent(character));
}
