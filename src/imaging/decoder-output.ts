import type { Readable } from 'node:stream';

/** Maximum bytes of output that are reported at once. The rest is read and dropped, so that the decoder never waits. */
const MAX_OUTPUT_BYTES = 2_000;
/** Milliseconds in which output counts as one piece, because a message may come in several writes. */
const GATHER_MS = 100;

/** Reports what a process writes to standard error, in pieces of bounded size. Never throws. */
export function reportOutput(stderr: Readable, onOutput: (text: string) => void): void {
  let kept: Buffer[] = [];
  let keptBytes = 0;
  let timer: NodeJS.Timeout | undefined;

  function report(): void {
    clearTimeout(timer);
    timer = undefined;
    if (keptBytes > 0) {
      const text = Buffer.concat(kept).toString();
      kept = [];
      keptBytes = 0;
      onOutput(text);
    }
  }

  stderr.on('data', (chunk: Buffer) => {
    const part = chunk.subarray(0, MAX_OUTPUT_BYTES - keptBytes);
    if (part.length > 0) {
      // A copy, because a part would keep its whole chunk in memory.
      kept.push(Buffer.from(part));
      keptBytes += part.length;
    }
    timer ??= setTimeout(report, GATHER_MS).unref();
  });
  stderr.once('close', report);
  // If the output cannot be read, the process still works.
  stderr.on('error', () => {});
}
