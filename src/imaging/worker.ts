import { readdirSync } from 'node:fs';
import { constants, getPriority, setPriority } from 'node:os';
import sharp from 'sharp';
import { typesNamed } from './accepted-types.ts';
import { OUT_OF_MEMORY_SIGNAL } from './decoder-end.ts';
import { type DecoderMessage, type RenderOutcome, toOutcome } from './outcome.ts';
import { type RenderJob, render } from './render.ts';

// This file is the main module of a decoder process. Unlike other files, it acts when it is imported.

// Reads have priority over decoding: see docs/decisions/decoder-priority.md. Linux keeps a priority for each thread.
// New threads inherit it, but it has to be set for each existing thread.
const threads = process.platform === 'linux' ? readdirSync('/proc/self/task').map(Number) : [process.pid];
for (const thread of threads) {
  // If the server itself runs at a lower priority, keep that, because raising a priority is not permitted.
  setPriority(thread, Math.max(getPriority(thread), constants.priority.PRIORITY_BELOW_NORMAL));
}

// Allow only the loaders of the accepted types, and only from memory, so that libvips cannot read SVG or TIFF, or open
// a path. The arguments of the process are the names of the accepted types.
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({ operation: typesNamed(process.argv.slice(2)).map(({ loader }) => loader) });
// Disable the cache, because each picture is read once.
sharp.cache(false);

// Ctrl-C in a terminal sends SIGINT to the whole process group, but the server decides when its decoders end.
process.on('SIGINT', () => {});
/** Ends this process after the server has exited. `process.exit` would wait until a running decode has finished. */
function endWithServer(): void {
  process.kill(process.pid, 'SIGKILL');
}
process.on('disconnect', endWithServer);

/** Memory limit for one picture. The worst accepted one takes 870 MiB: see docs/decisions/child-processes.md. */
const MAX_MEMORY_BYTES = 1024 ** 3;
/** Milliseconds between two checks. Memory can grow by gigabytes in a second. */
const MEMORY_CHECK_MS = 10;

/**
 * Ends this process if the current job takes too much memory. The libraries' own limits have gaps: for an AVIF of 4
 * KB whose tiles are larger than the whole picture, libheif takes 12 GB. The libraries work in their own threads and
 * cannot be interrupted.
 */
function guardMemory(): NodeJS.Timeout {
  const limit = process.memoryUsage.rss() + MAX_MEMORY_BYTES;
  return setInterval(() => {
    if (process.memoryUsage.rss() > limit) {
      process.kill(process.pid, OUT_OF_MEMORY_SIGNAL);
    }
  }, MEMORY_CHECK_MS);
}

/** Sends a message to the server. If that fails, the server has exited. */
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
    return toOutcome(error);
  } finally {
    clearInterval(guard);
  }
}

// The server sends one job at a time.
process.on('message', async (job: RenderJob) => {
  send({ type: 'begun' });
  send({ type: 'done', outcome: await renderGuarded(job) });
});
