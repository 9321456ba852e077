import { readdirSync } from 'node:fs';
import { constants, getPriority, setPriority } from 'node:os';
import sharp from 'sharp';
import { typesNamed } from './accepted-types.ts';
import { OUT_OF_MEMORY_SIGNAL } from './decoder-end.ts';
import { type DecoderMessage, outcomeOf, type RenderOutcome } from './outcome.ts';
import { type RenderJob, render } from './render.ts';

// This file is the main module of a decoder's process, so, unlike the others, it acts when it is imported.

// Whoever reads goes first: see docs/decisions/decoder-priority.md. Linux keeps a priority for every thread, and a new one
// has that of its maker; those that run already are told one by one.
const threads = process.platform === 'linux' ? readdirSync('/proc/self/task').map(Number) : [process.pid];
for (const thread of threads) {
  // A server that runs at a low priority itself may not raise theirs.
  setPriority(thread, Math.max(getPriority(thread), constants.priority.PRIORITY_BELOW_NORMAL));
}

// Only the loaders of the accepted types work, and only from memory: no SVG, no TIFF, no path that libvips opens itself.
// The arguments of the process are the names of these types.
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({ operation: typesNamed(process.argv.slice(2)).map(({ loader }) => loader) });
// Every picture is read once.
sharp.cache(false);

// A Ctrl-C in a terminal reaches the whole process group; the server decides when its decoders end.
process.on('SIGINT', () => {});
/** Ends this process when the server is gone. A plain exit would wait for a decoder that is still at work. */
function endWithServer(): void {
  process.kill(process.pid, 'SIGKILL');
}
process.on('disconnect', endWithServer);

/** What one picture may take. The worst that keeps to the rules (16 bits a channel, interlaced, turned) takes 0.9 GB. */
const MAX_MEMORY_BYTES = 1024 ** 3;
/** Short, since memory can grow by gigabytes in a second. */
const MEMORY_CHECK_MS = 10;

/**
 * Ends this process when the present job has taken too much memory. The limits of the libraries leave gaps: an AVIF of
 * 4 KB, whose tiles are larger than the picture that they make up, has libheif take 12 GB. What they do runs in threads
 * of their own and cannot be interrupted.
 */
function guardMemory(): NodeJS.Timeout {
  const limit = process.memoryUsage.rss() + MAX_MEMORY_BYTES;
  return setInterval(() => {
    if (process.memoryUsage.rss() > limit) {
      process.kill(process.pid, OUT_OF_MEMORY_SIGNAL);
    }
  }, MEMORY_CHECK_MS);
}

/** Sends a message to the server. If that fails, the server is gone. */
function send(message: DecoderMessage): void {
  process.send?.(message, undefined, undefined, (error) => {
    if (error !== null) {
      endWithServer();
    }
  });
}

async function renderGuarded(job: RenderJob): Promise<RenderOutcome> {
  const guard = guardMemory();
  try {
    return { type: 'rendered', picture: await render(job) };
  } catch (error) {
    return outcomeOf(error);
  } finally {
    clearInterval(guard);
  }
}

// The server sends one job at a time.
process.on('message', async (job: RenderJob) => {
  send({ type: 'begun' });
  send({ type: 'done', outcome: await renderGuarded(job) });
});
