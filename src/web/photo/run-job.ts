import type { Job, JobResult, WorkerJob } from './job.ts';
import { PhotoError } from './photo-error.ts';
import { startWorker } from './start-worker.ts';
import workerUrl from './worker/photo-worker.ts?worker&url';

/**
 * Runs a job in a worker of its own, and ends the worker. The page keeps responding meanwhile.
 * Rejects with PhotoError or with the signal's reason.
 * @param fileName name of the file in error messages.
 */
export async function runJob(job: Job, fileName: string, signal?: AbortSignal): Promise<Blob> {
  signal?.throwIfAborted();
  const { worker, release } = startOrFail(fileName);
  const workerJob: WorkerJob = { ...job, libheifFolder: new URL('../elements/', workerUrl).href };
  try {
    const result = await new Promise<JobResult>((resolve, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
      worker.onmessage = ({ data }: MessageEvent<JobResult>) => resolve(data);
      // The browser could not load the script, for example after an upgrade of the server, or because of a policy.
      worker.onerror = ({ message }) => resolve({ failed: 'decoder', message });
      worker.postMessage(workerJob);
    });
    if ('failed' in result) {
      const reason = result.failed === 'decoder' ? 'decoderUnavailable' : 'damaged';
      throw new PhotoError({ reason, fileName }, { cause: result.message });
    }
    return result.blob;
  } finally {
    worker.terminate();
    release();
  }
}

/** Starts the worker. Throws PhotoError if the browser forbids it. Some browsers report that later, as an event. */
function startOrFail(fileName: string): ReturnType<typeof startWorker> {
  try {
    return startWorker(workerUrl);
  } catch (cause) {
    throw new PhotoError({ reason: 'decoderUnavailable', fileName }, { cause });
  }
}
