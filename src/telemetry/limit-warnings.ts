/** Minimum milliseconds between two log lines with the same warning. */
const WARNING_INTERVAL_MS = 60_000;

/**
 * Returns a function to call for each event that deserves a warning. It calls `warn` at once for the first one, then
 * at most once a minute, with the number of events since the last call.
 */
export function limitWarnings(warn: (count: number) => void): () => void {
  let count = 0;
  let timer: NodeJS.Timeout | undefined;
  const warnOfAll = () => {
    timer = undefined;
    if (count > 0) {
      warn(count);
      count = 0;
      timer = setTimeout(warnOfAll, WARNING_INTERVAL_MS).unref();
    }
  };
  return () => {
    count += 1;
    if (timer === undefined) {
      warnOfAll();
    }
  };
}
