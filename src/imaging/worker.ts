import { readdirSync } from 'node:fs';
import { constants, getPriority, setPriority } from 'node:os';
import sharp from 'sharp';
import { outcomeOf, type RenderOutcome } from './outcome.ts';
import { type RenderJob, render } from './render.ts';

// This file is the main module of a decoder's process, so, unlike the others, it acts when it is imported.

// Whoever reads goes first: see docs/decisions/decoders-yield.md. Linux keeps a priority for every thread, and a new one
// has that of its maker; those that run already are told one by one.
const threads = process.platform === 'linux' ? readdirSync('/proc/self/task').map(Number) : [process.pid];
for (const thread of threads) {
  // A server that runs at a low priority itself may not raise theirs.
  setPriority(thread, Math.max(getPriority(thread), constants.priority.PRIORITY_BELOW_NORMAL));
}

// Only the loaders of the accepted types, and only from memory: no SVG, no TIFF, no path that libvips opens itself.
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: [
    'VipsForeignLoadJpegBuffer',
    'VipsForeignLoadPngBuffer',
    'VipsForeignLoadWebpBuffer',
    'VipsForeignLoadNsgifBuffer',
    'VipsForeignLoadHeifBuffer',
  ],
});
// Every picture is read once.
sharp.cache(false);

// A Ctrl-C in a terminal reaches the whole process group; the server decides when its decoders end.
process.on('SIGINT', () => {});
// The server is gone. A plain exit would wait for a decoder that is still at work.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));

/** Called by the pool, one job at a time. */
export default async function renderJob(job: RenderJob): Promise<RenderOutcome> {
  try {
    return { type: 'rendered', picture: await render(job) };
  } catch (error) {
    return outcomeOf(error);
  }
}
