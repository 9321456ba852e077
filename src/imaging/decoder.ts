import { type ChildProcess, fork } from 'node:child_process';
import type { AcceptedType } from './accepted-types.ts';
import { afterAwake } from './awake-timer.ts';
import { type DecoderEnd, describeEnd } from './decoder-end.ts';
import { reportOutput } from './decoder-output.ts';
import type { DecoderMessage, RenderOutcome } from './outcome.ts';
import type { RenderJob } from './render.ts';

/**
 * The whole environment of a decoder: settings of glibc, in bytes. By default, glibc returns the memory of each picture to
 * the kernel and maps it again for the next one, which takes a sixth of the rendering time. With these settings it keeps up
 * to 32 MiB, and still returns pieces above 16 MiB. A lower threshold is slow: libpng inflates texts of up to 8 MB beside the
 * pixels, and to map that much again for each of a hundred texts takes 20 seconds instead of one.
 */
export const DECODER_ENVIRONMENT = {
  MALLOC_MMAP_THRESHOLD_: String(16 * 1024 * 1024),
  MALLOC_TRIM_THRESHOLD_: String(32 * 1024 * 1024),
};

const WORKER = new URL('./worker.ts', import.meta.url);
/** Replaces the server's options for Node. With the cache, a decoder starts without compiling TypeScript. */
const NODE_OPTIONS = [`--import=${new URL('../compile-cache.mjs', import.meta.url).href}`];

export interface DecoderOptions {
  /** Types that the process can load. */
  readonly types: readonly AcceptedType[];
  /** Called with what the process writes to standard error. */
  readonly onOutput: (text: string) => void;
}

/** Milliseconds of awake time. */
export interface DecoderLimits {
  /** Time from sending a job until the decoder has taken it. It includes starting the process. */
  readonly begin: number;
  /** Time from taking a job until the decoder's answer. */
  readonly work: number;
}

/** The process ended, or was killed at a time limit, before it answered. */
export class DecoderLostError extends Error {
  override name = 'DecoderLostError';
  readonly end: DecoderEnd;
  /** False if the process never took the job, so that the picture cannot be the cause. */
  readonly begun: boolean;
  readonly timedOut: boolean;

  constructor(end: DecoderEnd, { begun, timedOut }: { readonly begun: boolean; readonly timedOut: boolean }) {
    super(`The decoder ended ${timedOut ? 'at its time limit' : causeOf(end)}.`, { cause: end.error });
    this.end = end;
    this.begun = begun;
    this.timedOut = timedOut;
  }
}

function causeOf({ exitCode, signal, outOfMemory = false }: DecoderEnd): string {
  return outOfMemory ? 'at its memory limit' : `with ${signal ?? exitCode}`;
}

/** The job of a process, and the state of that job. */
interface RunningJob {
  readonly answer: PromiseWithResolvers<RenderOutcome>;
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
      // The server's standard output and standard error belong to the server alone.
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    const { stderr } = this.#child;
    // There is none if too many files are open.
    if (stderr) {
      reportOutput(stderr, onOutput);
    }
    this.#child.on('message', (message: DecoderMessage) => this.#receive(message));
    this.#child.once('exit', (exitCode, signal) => this.#end(describeEnd(exitCode, signal, this.#error)));
    this.#child.on('error', (error) => {
      this.#error ??= error;
      if (this.#child.pid === undefined) {
        // The process never started, so there is no exit.
        this.#end({ error });
      } else {
        // The channel is broken.
        this.kill();
      }
    });
  }

  /** Resolves when the process has ended, so that its memory is free and it no longer writes files. */
  get ended(): Promise<DecoderEnd> {
    return this.#ended.promise;
  }

  /** Number of jobs that the process was given. */
  get jobs(): number {
    return this.#jobs;
  }

  /**
   * Has the process render a picture, one at a time. At a time limit, kills the process and settles when it has ended.
   * Rejects with DecoderLostError.
   */
  run(job: RenderJob, limits: DecoderLimits): Promise<RenderOutcome> {
    const answer = Promise.withResolvers<RenderOutcome>();
    this.#jobs += 1;
    this.#running = { answer, limits, begun: false, timedOut: false, stopClock: () => {} };
    this.#startClock(this.#running, limits.begin);
    // A process without an id has no channel either. Its end is about to be reported.
    if (this.#child.pid !== undefined) {
      this.#child.send(job);
    }
    return answer.promise;
  }

  /** Kills the process, even if it is stopped. It has nothing to clean up. */
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
      running.answer.resolve(message.outcome);
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
    this.#running?.answer.reject(new DecoderLostError(end, this.#running));
    this.#running = undefined;
  }
}
