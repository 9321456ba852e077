import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { type RenderJob, render } from '../../src/imaging/render.ts';

// The bare image pipeline in a process of its own: for each job and path that come by message, what the server's decoder
// does with it, without a server, and the milliseconds that it took as the answer.

const [directory = '.'] = process.argv.slice(2);

// As in the server's decoders.
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
    maxPixels: 50_000_000,
    // What is durable is the server's own promise and its own cost: to wait for the disk here would flatter it.
    sync: false,
  };
  const startedAt = performance.now();
  await render(job);
  const milliseconds = performance.now() - startedAt;
  await rm(outputDirectory, { recursive: true });
  return milliseconds;
}
