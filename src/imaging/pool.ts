import { LRUCache } from 'lru-cache';
import { type AcceptedType, ALL_TYPES } from './accepted-types.ts';
import type { DecoderEnd } from './decoder-end.ts';
import { Decoders } from './decoders.ts';
import { deleteRenditions } from './delete-renditions.ts';
import { ImagingBusyError, ImagingClosedError, TooMuchWorkError, UnreadableImageError } from './errors.ts';
import type { RenderedPicture, RenderJob } from './render.ts';
import { OutOfTimeError, runJob } from './run-job.ts';
import { Schedule, type Scheduled } from './schedule.ts';

/** Describes how a process died. */
export interface DecoderDeath extends DecoderEnd {
  /** False if the process was idle. */
  readonly working: boolean;
}

export interface ImagingOptions {
  /** Maximum number of decoders. One always runs. The others start on demand, and end when they have been idle. */
  readonly workers: number;
  /** Types that the decoders can decode, all types by default. Decoders report all other pictures as unreadable. */
  readonly acceptedTypes?: readonly AcceptedType[];
  /** Maximum number of waiting pictures per user and lane. The pool rejects further pictures of that user. */
  readonly maxQueuePerUser?: number;
  /**
   * Maximum number of waiting pictures per lane. If the lane is full, the pool rejects a picture: see
   * `FairQueue.add`.
   */
  readonly maxQueue?: number;
  /**
   * Milliseconds of awake time that a decoder has for a picture after taking it. Then the pool kills the decoder. Set
   * this to many times what the slowest picture needs, because decoders yield the processor to all other processes.
   */
  readonly timeout?: number;
  /** The same limit for a quick picture. A picture that reaches it was underestimated, and moves to the slow lane. */
  readonly quickTimeout?: number;
  /** Milliseconds of awake time that a decoder has to start and take a job. Then the pool kills the decoder. */
  readonly beginTimeout?: number;
  /** Maximum estimated work of a quick picture, in the unit of `estimateWork`. */
  readonly quickWork?: number;
  /** Number of jobs after which a process is replaced, so that memory leaks of the libraries do not add up. */
  readonly jobsBeforeRecycle?: number;
  /** Called once for each process that died without being killed by the pool. */
  readonly onDeath?: (death: DecoderDeath) => void;
  /** Called when the pool has killed a process because a picture took longer than `timeout`. */
  readonly onTimeout?: () => void;
  /** Called when the pool has killed a process because a picture took longer than `quickTimeout`. */
  readonly onUnderestimate?: () => void;
  /** Called when the pool has killed a process because it did not take a job within `beginTimeout`. */
  readonly onUnresponsive?: () => void;
  /** Receives the output of decoders on standard error, at most 2,000 bytes at once. Output beyond that is dropped. */
  readonly onOutput?: (text: string) => void;
}

export interface RenderOptions {
  /** Id of the user who uploads the picture. Users take turns. */
  readonly user: string;
  /** Removes the picture from the queue. Has no effect while a decoder works on it. */
  readonly signal?: AbortSignal;
}

export interface Imaging {
  /**
   * Renders a picture in a decoder when it is the user's turn.
   * Rejects with UnreadableImageError (also if the decoder crashed or hung), TooManyPixelsError, ImageTooSmallError,
   * ImagingBusyError, ImagingClosedError, DecoderUnavailableError, DecoderKilledError, a file system error, or the
   * signal's reason if it was aborted while the picture waited.
   */
  render(job: RenderJob, options: RenderOptions): Promise<RenderedPicture>;
  /** Kills the decoders, and rejects all pictures that are waiting or being decoded. */
  close(): Promise<void>;
}

/** A picture that waits for a decoder or is in one. */
interface Entry extends Scheduled {
  readonly job: RenderJob;
  readonly signal: AbortSignal | undefined;
  readonly result: PromiseWithResolvers<RenderedPicture>;
}

/** Maximum number of users whose pictures skip the quick lane, because one of them was underestimated. */
const MAX_UNDERESTIMATED_USERS = 1000;
/** Milliseconds for which all pictures of such a user go to the slow lane. */
const UNDERESTIMATED_MS = 10 * 60_000;

/** Opens the pool of decoders and starts the first decoder. docs/decisions/fair-decoding.md explains the limits. */
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

  /** Adds a picture to its lane, and starts the pictures that may run. */
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

  /** Decodes a picture that has a place and settles its result, or moves it to the slow lane. Never rejects. */
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
    // This also moves pictures that were already waiting in the quick lane.
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
      throw new UnreadableImageError('The picture took too long to read. Choose another picture.', {
        cause: error,
      });
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
