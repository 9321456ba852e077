import sharp from 'sharp';
import { outcomeOf, type RenderOutcome } from './outcome.ts';
import { type RenderJob, render } from './render.ts';

// This file is the main module of a decoder's process, so, unlike the others, it acts when it is imported.

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
