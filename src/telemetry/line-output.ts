import { writeSync } from 'node:fs';

export interface LineOutput {
  /**
   * Writes a line, which must end with a line feed, without waiting for the reader. If the reader can take the line
   * now, the line is written before this returns. Otherwise the line is kept, or dropped and counted.
   */
  write(line: string): void;
  /** Writes the kept lines. Blocks until the reader has taken all. @param timeout maximum milliseconds to block. */
  flush(timeout: number): void;
}

export interface LineOutputOptions {
  /** A descriptor whose writes fail with EAGAIN instead of blocking. */
  readonly fd: number;
  /** Returns the line that replaces a number of dropped lines. */
  readonly describeDrop: (lines: number) => string;
}

interface Entry {
  /** A line, or the unwritten rest of a line. */
  readonly bytes: Buffer;
  readonly started: boolean;
  /** Lines that this entry represents. A drop notice represents many. */
  readonly lines: number;
}

/** Maximum bytes kept for a reader that pauses: about 6,000 lines. */
const MAX_BACKLOG_BYTES = 1024 * 1024;
/** Milliseconds between attempts to write the backlog. */
const RETRY_INTERVAL_MS = 50;
/** Milliseconds between attempts of a flush, which blocks the process. */
const FLUSH_INTERVAL_MS = 5;

/**
 * Writes whole lines in order to a descriptor, never waiting for its reader and never throwing. After the backlog is
 * full, drops lines until the reader has caught up. One line in their place then states how many are missing. Without a
 * reader, or on a full disk, each new line causes another attempt.
 *
 * pino's own destination (sonic-boom) does not fit. Its synchronous mode sleeps when the reader is slow. Its
 * asynchronous mode loses lines when the process is killed, because they wait for a thread of the pool first.
 */
export function openLineOutput({ fd, describeDrop }: LineOutputOptions): LineOutput {
  let backlog: Entry[] = [];
  let backlogBytes = 0;
  let droppedLines = 0;
  /** True if the last line is incomplete, so that the next one needs a line feed before it. */
  let torn = false;
  let retry: NodeJS.Timeout | undefined;

  function keep(bytes: Buffer, lines: number): void {
    backlog.push({ bytes, started: false, lines });
    backlogBytes += bytes.length;
  }

  function keepDropNotice(): void {
    keep(Buffer.from(`${torn ? '\n' : ''}${describeDrop(droppedLines)}`), droppedLines);
    droppedLines = 0;
  }

  /** Writes the backlog until it is empty or the descriptor takes no more. */
  function send(): void {
    try {
      for (let entry = backlog[0]; entry !== undefined; entry = backlog[0]) {
        const written = writeSync(fd, entry.bytes);
        backlogBytes -= written;
        if (written < entry.bytes.length) {
          backlog[0] = { ...entry, bytes: entry.bytes.subarray(written), started: true };
        } else {
          torn = false;
          backlog.shift();
        }
        if (backlog.length === 0 && droppedLines > 0) {
          keepDropNotice();
        }
      }
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') {
        retry ??= setTimeout(sendLater, RETRY_INTERVAL_MS).unref();
      } else {
        dropBacklog();
      }
    }
  }

  function sendLater(): void {
    retry = undefined;
    send();
  }

  function dropBacklog(): void {
    torn ||= backlog[0]?.started === true;
    droppedLines = backlog.reduce((sum, { lines }) => sum + lines, droppedLines);
    backlog = [];
    backlogBytes = 0;
  }

  return {
    write(line) {
      const bytes = Buffer.from(line);
      if (backlog.length > 0 && (droppedLines > 0 || backlogBytes + bytes.length > MAX_BACKLOG_BYTES)) {
        droppedLines += 1;
      } else {
        if (droppedLines > 0) {
          keepDropNotice();
        }
        keep(bytes, 1);
      }
      // While an attempt is scheduled, a flood of lines costs no system calls.
      if (retry === undefined) {
        send();
      }
    },
    flush(timeout) {
      const deadline = performance.now() + timeout;
      if (backlog.length === 0 && droppedLines > 0) {
        keepDropNotice();
      }
      send();
      const sleeper = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
      while (backlog.length > 0 && performance.now() < deadline) {
        Atomics.wait(sleeper, 0, 0, FLUSH_INTERVAL_MS);
        send();
      }
    },
  };
}
