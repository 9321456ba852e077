import { type ChildProcess, fork } from 'node:child_process';
import type { AcceptedType } from './accepted-types.ts';
import { afterAwake } from './awake-timer.ts';
import { type DecoderEnd, describeEnd } from './decoder-end.ts';
import { reportOutput } from './decoder-output.ts';
import type { DecoderMessage, RenderOutcome } from './outcome.ts';
import type { RenderJob } from './render.ts';

/**
 * The complete environment of a decoder: settings of glibc's allocator, in bytes. By default, glibc returns the
 * memory of each picture to the kernel and maps it again for the next picture, which takes a sixth of the rendering
 * time. With these settings, glibc keeps up to 32 MiB and still returns blocks above 16 MiB. A lower threshold is
 * slow if a library allocates large blocks again and again. When libpng still received the texts of a PNG, mapping 8 MB
 * for each of a hundred texts took 20 seconds instead of 1 second.
 */
export const DECODER_ENVIRONMENT = {
  MALLOC_MMAP_THRESHOLD_: String(16 * 1024 * 1024),
  MALLOC_TRIM_THRESHOLD_: String(32 * 1024 * 1024),
};

const WORKER = new URL('./worker.ts', import.meta.url);
/** Replaces the server's Node options. With the compile cache, a decoder starts without compiling TypeScript. */
const NODE_OPTIONS = [`--import=${new URL('../compile-cache.mjs', import.meta.url).href}`];

export interface DecoderOptions {
  /** Types that the process can decode. */
  readonly types: readonly AcceptedType[];
  /** Receives the output of the process on standard error. */
  readonly onOutput: (text: string) => void;
}

/** Time limits in milliseconds of awake time. */
export interface DecoderLimits {
  /** Time from sending a job until the decoder takes it, including the start of the process. */
  readonly begin: number;
  /** Time from taking a job until the decoder reports its outcome. */
  readonly work: number;
}

/** The process ended, or was killed at a time limit, before it reported an outcome. */
export class DecoderLostError extends Error {
  override name = 'DecoderLostError';
  readonly end: DecoderEnd;
  /** False if the process never took the job, so the picture cannot be the cause. */
  readonly begun: boolean;
  readonly timedOut: boolean;

  constructor(end: DecoderEnd, { begun, timedOut }: { readonly begun: boolean; readonly timedOut: boolean }) {
    super(`The decoder ${timedOut ? 'was killed at its time limit' : describeCause(end)}.`, {
      cause: end.error,
    });
    this.end = end;
    this.begun = begun;
    this.timedOut = timedOut;
  }
}

function describeCause({ exitCode, signal, outOfMemory = false }: DecoderEnd): string {
  if (outOfMemory) {
    return 'exceeded its memory limit';
  }
  if (signal !== undefined) {
    return `was ended by ${signal}`;
  }
  return exitCode === undefined ? 'could not be started' : `exited with code ${exitCode}`;
}

/** The job that a process is working on, and its state. */
interface RunningJob {
  readonly outcome: PromiseWithResolvers<RenderOutcome>;
  readonly limits: DecoderLimits;
  begun: boolean;
  timedOut: boolean;
  stopClock: () => void;
}

/** A process that renders one picture at a time. */
export class Decoder {
  readonly #child: ChildProcess;
  readonly #ended = Promise.withResolvers<DecoderEnd>();
  #running: RunningJob | undefined;
  #jobs = 0;
  #error: Error | undefined;

  /** Starts the process. */
  constructor({ types, onOutput }: DecoderOptions) {
    const names = types.map(({ name }) => name);
    this.#child = fork(WORKER, names, {
      env: DECODER_ENVIRONMENT,
      execArgv: NODE_OPTIONS,
      // Only the server itself writes to its standard output and standard error.
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    const { stderr } = this.#child;
    // `stderr` is missing if too many files are open.
    if (stderr) {
      reportOutput(stderr, onOutput);
    }
    this.#child.on('message', (message: DecoderMessage) => this.#receive(message));
    this.#child.once('exit', (exitCode, signal) => this.#end(describeEnd(exitCode, signal, this.#error)));
    this.#child.on('error', (error) => {
      this.#error ??= error;
      if (this.#child.pid === undefined) {
        // The process never started, so no `exit` event follows.
        this.#end({ error });
      } else {
        // The IPC channel is broken.
        this.kill();
      }
    });
  }

  /** Resolves when the process has ended. Its memory is then free, and it no longer writes files. */
  get ended(): Promise<DecoderEnd> {
    return this.#ended.promise;
  }

  /** Number of jobs assigned to the process so far. */
  get jobs(): number {
    return this.#jobs;
  }

  /**
   * Renders a picture in the process, which works on one picture at a time. If the process exceeds a time limit,
   * kills it and rejects after it has ended. Rejects with DecoderLostError.
   */
  run(job: RenderJob, limits: DecoderLimits): Promise<RenderOutcome> {
    const outcome = Promise.withResolvers<RenderOutcome>();
    this.#jobs += 1;
    this.#running = { outcome, limits, begun: false, timedOut: false, stopClock: () => {} };
    this.#startClock(this.#running, limits.begin);
    // A process without a PID has no IPC channel. Its `error` event follows and rejects the job.
    if (this.#child.pid !== undefined) {
      this.#child.send(job);
    }
    return outcome.promise;
  }

  /** Kills the process, even if it is suspended. A decoder has nothing to clean up. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }

  #receive(message: DecoderMessage): void {
    const running = this.#running;
    if (running === undefined) {
      return;
    }
    if (message.type === 'begun') {
      running.begun = true;
      this.#startClock(running, running.limits.work);
    } else {
      running.stopClock();
      this.#running = undefined;
      running.outcome.resolve(message.outcome);
    }
  }

  #startClock(running: RunningJob, limit: number): void {
    running.stopClock();
    running.stopClock = afterAwake(limit, () => {
      running.timedOut = true;
      this.kill();
    });
  }

  #end(end: DecoderEnd): void {
    this.#ended.resolve(end);
    this.#running?.stopClock();
    this.#running?.outcome.reject(new DecoderLostError(end, this.#running));
    this.#running = undefined;
  }
}
