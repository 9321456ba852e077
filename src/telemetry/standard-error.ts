import { constants, fstatSync, openSync } from 'node:fs';
import { pino, stdTimeFunctions } from 'pino';
import { type LineOutput, openLineOutput } from './line-output.ts';

const STANDARD_ERROR = 2;
/** Milliseconds that an ending process waits for the reader of its log. */
const EXIT_FLUSH_MS = 1_000;

let standardError: LineOutput | undefined;

/**
 * Returns the process's standard error, for whole lines. It never blocks the process, except for a file on a disk that
 * does not respond. When the process ends, it waits for the reader for a second at most.
 */
export function openStandardError(): LineOutput {
  if (standardError === undefined) {
    const output = openLineOutput({ fd: openWithoutBlocking(), describeDrop });
    process.once('exit', () => output.flush(EXIT_FLUSH_MS));
    standardError = output;
  }
  return standardError;
}

/**
 * Returns a descriptor of standard error whose writes do not block. O_NONBLOCK belongs to an open file description, and
 * other processes that share it set and clear the flag. So a pipe and a terminal are opened a second time.
 */
function openWithoutBlocking(): number {
  const { O_WRONLY, O_NONBLOCK, O_APPEND, O_NOCTTY } = constants;
  // Writes to a file do not wait for a reader. A second descriptor of the file would have its own offset.
  if (fstatSync(STANDARD_ERROR).isFile()) {
    return STANDARD_ERROR;
  }
  try {
    return openSync(`/proc/self/fd/${STANDARD_ERROR}`, O_WRONLY | O_NONBLOCK | O_APPEND | O_NOCTTY);
  } catch {
    // Opening fails for a socket (as with systemd's journal), for a pipe that has no reader or belongs to another user,
    // and on systems other than Linux. Node's own stream makes its descriptor non-blocking until the process ends.
    return process.stderr.fd;
  }
}

/** Returns the line that reports dropped lines. A separate logger creates the line, so no log level suppresses it. */
function describeDrop(lines: number): string {
  let notice = '';
  const logger = pino(
    { base: null, timestamp: stdTimeFunctions.isoTime },
    {
      write(line) {
        notice = line;
      },
    },
  );
  logger.error({ lines }, 'Log lines were dropped here because nothing read standard error');
  return notice;
}
