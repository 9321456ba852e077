import pLimit from 'p-limit';
import Tinypool from 'tinypool';
import { type AcceptedType, ALL_TYPES } from './accepted-types.ts';
import { ImagingBusyError, UnreadableImageError } from './errors.ts';
import { pictureOf, type RenderOutcome } from './outcome.ts';
import type { RenderedPicture, RenderJob } from './render.ts';

export interface ImagingOptions {
  /** Processes at most; one is always there, the others come with the work and go when they are idle. */
  readonly workers: number;
  /** Types that the decoders can load; all of them unless given. A picture of another type is unreadable to them. */
  readonly acceptedTypes?: readonly AcceptedType[];
  /** Jobs that may wait for a process; one more is refused. */
  readonly maxQueue?: number;
  /**
   * Milliseconds of one job, from when a process takes it; then the process is killed. It must be many times what the
   * slowest picture needs, since decoders yield the processor to everything else.
   */
  readonly timeout?: number;
  /** After so many jobs the processes are replaced, so that what a decoder leaks does not add up. */
  readonly jobsBeforeRecycle?: number;
  /** Told when a process died without being asked to. */
  readonly onWorkerLost?: (error: Error) => void;
  /** Told when a process was killed because a job took longer than `timeout`. */
  readonly onTimeout?: () => void;
}

export interface Imaging {
  /**
   * Renders a picture in another process.
   * Rejects with UnreadableImageError (also when the decoder crashed or hung), TooManyPixelsError,
   * ImageTooSmallError, ImagingBusyError, a file system's error, or the signal's reason if it was aborted while
   * the job waited.
   */
  render(job: RenderJob, signal?: AbortSignal): Promise<RenderedPicture>;
  /** Ends the processes, whatever they do. */
  close(): Promise<void>;
}

const IDLE_WORKER_MS = 60_000;

/**
 * All that a decoder's environment holds: what glibc is told, in bytes. By itself it hands the memory of each picture back
 * to the kernel and has it mapped anew for the next, which takes a sixth of the time of a rendering. Up to 32 MiB are kept;
 * what is larger than 16 MiB alone is handed back as before. Not less: libpng unfolds texts of up to 8 MB beside the pixels, and
 * to have that much mapped anew for each of a hundred texts takes 20 seconds in place of one.
 */
export const DECODER_ENVIRONMENT = {
  MALLOC_MMAP_THRESHOLD_: String(16 * 1024 * 1024),
  MALLOC_TRIM_THRESHOLD_: String(32 * 1024 * 1024),
};

/** Starts the pool of decoders. */
export function openImaging(options: ImagingOptions): Imaging {
  const { workers, maxQueue = 32 * workers, timeout = 30_000, jobsBeforeRecycle = 500 } = options;
  const { acceptedTypes = ALL_TYPES } = options;
  const pool = new Tinypool({
    filename: new URL('./worker.ts', import.meta.url).href,
    runtime: 'child_process',
    minThreads: 1,
    maxThreads: workers,
    idleTimeout: IDLE_WORKER_MS,
    env: DECODER_ENVIRONMENT,
    argv: acceptedTypes.map(({ name }) => name),
    // In place of Node's options of the server. The cache lets a decoder start without a compiler for TypeScript.
    execArgv: [`--import=${new URL('../compile-cache.mjs', import.meta.url).href}`],
  });
  pool.on('error', (error: Error) => options.onWorkerLost?.(error));
  // The queue is ours and not the pool's, so that a job's time does not run while it waits.
  const limit = pLimit({ concurrency: workers, rejectOnClear: true });
  let inside = 0;
  let jobs = 0;
  let recycling: Promise<unknown> = Promise.resolve();
  let closed = false;

  async function runJob(job: RenderJob): Promise<RenderedPicture> {
    const deadline = AbortSignal.timeout(timeout);
    try {
      const outcome: RenderOutcome = await pool.run(job, { signal: deadline });
      return pictureOf(outcome);
    } catch (caught) {
      const error = asError(caught);
      if (deadline.aborted) {
        options.onTimeout?.();
        throw new UnreadableImageError('The picture took too long to read.', { cause: error });
      }
      if (isWorkerLost(error)) {
        throw new UnreadableImageError('The picture could not be read: its decoder crashed.', {
          cause: error,
        });
      }
      throw error;
    } finally {
      jobs += 1;
      if (jobs % jobsBeforeRecycle === 0) {
        recycling = pool.recycleWorkers().catch((error: Error) => options.onWorkerLost?.(error));
      }
    }
  }

  /** Runs a job when a process is free; whoever leaves before gives the place in the queue back at once. */
  function waitForTurn(job: RenderJob, signal?: AbortSignal): Promise<RenderedPicture> {
    return new Promise((resolve, reject) => {
      const leave = () => reject(signal?.reason);
      signal?.addEventListener('abort', leave, { once: true });
      limit(() => {
        signal?.removeEventListener('abort', leave);
        signal?.throwIfAborted();
        return runJob(job);
      }).then(resolve, reject);
    });
  }

  return {
    async render(job, signal) {
      if (closed || inside >= workers + maxQueue) {
        throw new ImagingBusyError();
      }
      inside += 1;
      try {
        return await waitForTurn(job, signal);
      } finally {
        inside -= 1;
      }
    },
    async close() {
      closed = true;
      limit.clearQueue();
      // A replacement that is under way would start a process after all were ended.
      await recycling;
      await pool.destroy();
    },
  };
}

/** An error that a decoder threw arrives as a plain object; a file system's keeps its code that way. */
function asError(thrown: unknown): unknown {
  return thrown instanceof Error || typeof thrown !== 'object' ? thrown : Object.assign(new Error(), thrown);
}

/**
 * Tinypool has no class for a process that ended by itself, only this message. If it ended a moment ago, so that nobody
 * knows yet, it is the channel to it that fails.
 */
function isWorkerLost(error: unknown): boolean {
  if (!(error instanceof Error)) {
    return false;
  }
  const code = 'code' in error ? error.code : undefined;
  return (
    error.message === 'Worker exited unexpectedly' || code === 'EPIPE' || code === 'ERR_IPC_CHANNEL_CLOSED'
  );
}
