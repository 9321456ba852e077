import type { Readable } from 'node:stream';

/** Maximum bytes of one report. Further output is read and dropped, so that the decoder never blocks. */
const MAX_OUTPUT_BYTES = 2_000;
/** Milliseconds from the first output to its report, because a message may arrive in several writes. */
const FLUSH_DELAY_MS = 100;

/** Reports the output of a process on standard error in chunks of bounded size. Never throws. */
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
      // Copy the bytes, because a view would keep the whole chunk in memory.
      kept.push(Buffer.from(part));
      keptBytes += part.length;
    }
    timer ??= setTimeout(report, FLUSH_DELAY_MS).unref();
  });
  stderr.once('close', report);
  // The process still works if its output cannot be read.
  stderr.on('error', () => {});
}
