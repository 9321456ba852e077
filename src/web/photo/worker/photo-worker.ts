import type { JobResult, WorkerJob } from '../job.ts';
import { decodePhoto } from './decode-photo.ts';
import { encodePhoto } from './encode-photo.ts';
import { DecoderUnavailableError } from './load-libheif.ts';

// Runs one job. The page starts a worker for each, and ends it afterwards, which frees the memory of the pixels.

addEventListener('message', ({ data }: MessageEvent<WorkerJob>) => {
  void run(data).then((result) => postMessage(result));
});

async function run(job: WorkerJob): Promise<JobResult> {
  try {
    return { blob: await encodePhoto(await decodePhoto(job), job) };
  } catch (error) {
    return {
      failed: error instanceof DecoderUnavailableError ? 'decoder' : 'picture',
      message: String(error),
    };
  }
}
