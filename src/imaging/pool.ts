import { LRUCache } from 'lru-cache';
import { type AcceptedType, ALL_TYPES } from './accepted-types.ts';
import type { DecoderEnd } from './decoder-end.ts';
import { Decoders } from './decoders.ts';
import { deleteRenditions } from './delete-renditions.ts';
import { ImagingBusyError, ImagingClosedError, TooMuchWorkError, UnreadableImageError } from './errors.ts';
import type { RenderedPicture, RenderJob } from './render.ts';
import { OutOfTimeError, runJob } from './run-job.ts';
import { Schedule, type Scheduled } from './schedule.ts';

/** How a process died. */
export interface DecoderDeath extends DecoderEnd {
  /** False if the process was idle. */
  readonly working: boolean;
}

export interface ImagingOptions {
  /** Maximum number of processes. One always runs; the others start on demand and end when they are idle. */
  readonly workers: number;
  /** Types that the decoders can load. All types by default. They find a picture of another type unreadable. */
  readonly acceptedTypes?: readonly AcceptedType[];
  /** Maximum number of pictures of one user that wait in each lane. The pool refuses one more. */
  readonly maxQueuePerUser?: number;
  /** Maximum number of pictures that wait in each lane. With one more, the user with the most loses the newest. */
  readonly maxQueue?: number;
  /**
   * Milliseconds of awake time for one picture, from when a decoder takes it. Then the pool kills the decoder. The limit must
   * be many times what the slowest picture needs, because decoders yield the processor to everything else.
   */
  readonly timeout?: number;
  /** The same for a quick picture. Then its estimate was too low, and it waits again in the slow lane. */
  readonly quickTimeout?: number;
  /** Milliseconds of awake time in which a decoder must start and take a job. Then the pool kills it. */
  readonly beginTimeout?: number;
  /** Estimated work, in decoded megapixels, up to which a picture counts as quick. */
  readonly quickWork?: number;
  /** Jobs after which a process is replaced, so that leaks of the libraries do not add up. */
  readonly jobsBeforeRecycle?: number;
  /** Called once for each process that died without being killed by the pool. */
  readonly onDeath?: (death: DecoderDeath) => void;
  /** Called when the pool has killed a process because a picture took longer than `timeout`. */
  readonly onTimeout?: () => void;
  /** Called when the pool has killed a process because a picture took longer than `quickTimeout`. */
  readonly onUnderestimate?: () => void;
  /** Called when the pool has killed a process because it did not take a job within `beginTimeout`. */
  readonly onUnresponsive?: () => void;
  /** Called with what a decoder writes to standard error, at most 2,000 bytes at once. Its parts after that are dropped. */
  readonly onOutput?: (text: string) => void;
}

export interface RenderOptions {
  /** Id of the user who uploads. Users take turns. */
  readonly user: string;
  /** Removes the picture from the queue. Has no effect while a decoder works on it. */
  readonly signal?: AbortSignal;
}

export interface Imaging {
  /**
   * Renders a picture in another process, when it is the user's turn.
   * Rejects with UnreadableImageError (also when the decoder crashed or hung), TooManyPixelsError, ImageTooSmallError,
   * ImagingBusyError, ImagingClosedError, DecoderUnavailableError, DecoderKilledError, a file system's error, or the signal's reason if it was
   * aborted while the picture waited.
   */
  render(job: RenderJob, options: RenderOptions): Promise<RenderedPicture>;
  /** Kills the decoders, and rejects every picture that waits or is being decoded. */
  close(): Promise<void>;
}

/** A picture that waits for a decoder or is in one. */
interface Entry extends Scheduled {
  readonly job: RenderJob;
  readonly signal: AbortSignal | undefined;
  readonly result: PromiseWithResolvers<RenderedPicture>;
}

/** Users whose pictures are slow by default, since one of theirs took much longer than estimated. */
const MAX_UNDERESTIMATED_USERS = 1000;
const UNDERESTIMATED_MS = 10 * 60_000;

/** Opens the pool of decoders, and starts the first. docs/decisions/fair-decoding.md explains the numbers. */
export function openImaging(options: ImagingOptions): Imaging {
  const { workers, maxQueuePerUser = 8, maxQueue = 32 * workers } = options;
  const { timeout = 30_000, quickTimeout = 10_000, beginTimeout = 10_000, quickWork = 200 } = options;
  const decoders = new Decoders({
    types: options.acceptedTypes ?? ALL_TYPES,
    jobsBeforeRecycle: options.jobsBeforeRecycle ?? 500,
    onIdleDeath: (end) => options.onDeath?.({ ...end, working: false }),
    onOutput: (text) => options.onOutput?.(text),
  });
  const bounds = { maxPerUser: maxQueuePerUser, maxTotal: maxQueue };
  const schedule = new Schedule<Entry>({ places: workers, ...bounds });
  const underestimated = new LRUCache<string, true>({
    max: MAX_UNDERESTIMATED_USERS,
    ttl: UNDERESTIMATED_MS,
  });
  let closed = false;

  /** Puts a picture into its lane, and starts pictures that may run. */
  function enqueue(entry: Entry): void {
    if (closed) {
      entry.result.reject(new ImagingClosedError());
    } else if (entry.signal?.aborted) {
      entry.result.reject(entry.signal.reason);
    } else {
      schedule.add(entry)?.result.reject(new ImagingBusyError());
      startWaiting();
    }
  }

  function startWaiting(): void {
    for (let entry = schedule.take(); entry !== undefined; entry = schedule.take()) {
      void run(entry);
    }
  }

  /** Settles a picture that has a place, or moves it to the slow lane. Never rejects. */
  async function run(entry: Entry): Promise<void> {
    try {
      const picture = await decode(entry);
      schedule.finish(entry);
      entry.result.resolve(picture);
    } catch (error) {
      schedule.finish(entry);
      if (error instanceof TooMuchWorkError && entry.lane === 'quick') {
        entry.lane = 'slow';
        enqueue(entry);
      } else {
        entry.result.reject(error);
      }
    }
    startWaiting();
  }

  /** Rejects with TooMuchWorkError if a quick picture belongs to the slow lane. */
  async function decode({ job, user, lane }: Entry): Promise<RenderedPicture> {
    const isQuick = lane === 'quick';
    // Pictures that already wait in the quick lane leave it here, too.
    if (isQuick && underestimated.has(user)) {
      throw new TooMuchWorkError(Number.POSITIVE_INFINITY);
    }
    const work = isQuick ? Math.min(quickTimeout, timeout) : timeout;
    try {
      return await runJob(decoders, isQuick ? { ...job, maxWork: quickWork } : job, {
        limits: { begin: beginTimeout, work },
        onDeath: (end) => options.onDeath?.({ ...end, working: true }),
        onUnresponsive: () => options.onUnresponsive?.(),
      });
    } catch (error) {
      if (!(error instanceof OutOfTimeError)) {
        throw error;
      }
      if (work < timeout) {
        underestimated.set(user, true);
        options.onUnderestimate?.();
        await deleteRenditions(job.outputDirectory);
        throw new TooMuchWorkError(Number.POSITIVE_INFINITY);
      }
      options.onTimeout?.();
      throw new UnreadableImageError('The picture took too long to read.', { cause: error });
    }
  }

  return {
    async render(job, { user, signal }) {
      const result = Promise.withResolvers<RenderedPicture>();
      const entry: Entry = { job, user, signal, result, lane: 'quick' };
      const leave = () => {
        if (schedule.remove(entry)) {
          result.reject(signal?.reason);
        }
      };
      signal?.addEventListener('abort', leave, { once: true });
      try {
        enqueue(entry);
        return await result.promise;
      } finally {
        signal?.removeEventListener('abort', leave);
      }
    },
    async close() {
      closed = true;
      for (const { result } of schedule.clear()) {
        result.reject(new ImagingClosedError());
      }
      await decoders.close();
    },
  };
}
