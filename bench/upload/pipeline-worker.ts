import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { type RenderJob, render } from '../../src/imaging/render.ts';

// The bare image pipeline in its own process. Each message has the number of a job and a path. The process renders the
// picture like the server's decoder, but without a server, and sends back the milliseconds.

const [directory = '.'] = process.argv.slice(2);

// The same setting as in the server's decoders.
sharp.cache(false);

process.on('disconnect', () => process.exit());
process.on('message', ([job, inputPath]: [number, string]) => {
  void renderPicture(inputPath).then((milliseconds) => process.send?.([job, milliseconds]));
});

async function renderPicture(inputPath: string): Promise<number> {
  const outputDirectory = await mkdtemp(join(directory, 'renditions-'));
  const job: RenderJob = {
    inputPath,
    outputDirectory,
    format: 'jpeg',
    maxPixels: 51_000_000,
    // Only the server promises durability, so it bears the cost. Syncing here would make the server look better.
    sync: false,
  };
  const startedAt = performance.now();
  await render(job);
  const milliseconds = performance.now() - startedAt;
  await rm(outputDirectory, { recursive: true });
  return milliseconds;
}
