import type { AcceptedType } from './accepted-types.ts';
import { Decoder } from './decoder.ts';
import type { DecoderEnd } from './decoder-end.ts';
import { ImagingClosedError } from './errors.ts';

export interface DecodersOptions {
  /** Types that the processes can decode. */
  readonly types: readonly AcceptedType[];
  /** Number of jobs after which a process is replaced, so that memory leaks of the libraries do not add up. */
  readonly jobsBeforeRecycle: number;
  /** Called when a process dies while it is idle. */
  readonly onIdleDeath: (end: DecoderEnd) => void;
  /** Receives the output of the processes on standard error. */
  readonly onOutput: (text: string) => void;
}

/** Milliseconds after which the pool kills an idle process, unless no other process is left. */
const IDLE_MS = 60_000;

/** Manages the decoder processes. One stays warm. The others start on demand, and end when they have been idle. */
export class Decoders {
  readonly #options: DecodersOptions;
  /** All processes that have not ended, including processes that are being killed. */
  readonly #alive = new Set<Decoder>();
  /** Idle processes with the timers that kill them, in the order in which they became idle. */
  readonly #idle = new Map<Decoder, NodeJS.Timeout>();
  readonly #working = new Set<Decoder>();
  #closed = false;

  constructor(options: DecodersOptions) {
    this.#options = options;
    this.#keepOneWarm();
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Returns an idle process, or starts a process. Throws ImagingClosedError, or a system error if the start fails. */
  acquire(): Decoder {
    if (this.#closed) {
      throw new ImagingClosedError();
    }
    // Prefer the process that became idle last, so that the others reach their idle timeout.
    const decoder = [...this.#idle.keys()].at(-1) ?? this.#start();
    this.#removeIdle(decoder);
    this.#working.add(decoder);
    return decoder;
  }

  /** Returns a process to the pool after it has reported an outcome. */
  release(decoder: Decoder): void {
    this.#working.delete(decoder);
    if (this.#closed || decoder.jobs >= this.#options.jobsBeforeRecycle) {
      decoder.kill();
      this.#keepOneWarm();
    } else {
      this.#addIdle(decoder);
    }
  }

  /** Removes a process that ended while it had a job. Starts another process if none is left. */
  replace(decoder: Decoder): void {
    this.#working.delete(decoder);
    this.#keepOneWarm();
  }

  /**
   * Removes a process that never took its job, or that was killed from outside. Also kills all idle processes,
   * because the same cause may affect them: an operator may have suspended all decoders, for example. The next job
   * gets a new process.
   */
  discardWithIdle(decoder: Decoder): void {
    this.#working.delete(decoder);
    for (const idle of [...this.#idle.keys()]) {
      this.#removeIdle(idle);
      idle.kill();
    }
  }

  /** Kills all processes. Resolves when they have ended. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const decoder of this.#alive) {
      this.#removeIdle(decoder);
      decoder.kill();
    }
    await Promise.all([...this.#alive].map((decoder) => decoder.ended));
  }

  #start(): Decoder {
    const decoder = new Decoder(this.#options);
    this.#alive.add(decoder);
    void decoder.ended.then((end) => {
      this.#alive.delete(decoder);
      if (this.#idle.has(decoder)) {
        // The next job starts another process. Starting it here would loop forever if every process died on startup.
        this.#removeIdle(decoder);
        this.#options.onIdleDeath(end);
      }
    });
    return decoder;
  }

  #keepOneWarm(): void {
    if (this.#closed || this.#idle.size + this.#working.size > 0) {
      return;
    }
    try {
      this.#addIdle(this.#start());
    } catch {
      // The system cannot start a process. The next job tries again and reports the error.
    }
  }

  #addIdle(decoder: Decoder): void {
    const timer = setTimeout(() => {
      if (this.#idle.size + this.#working.size > 1) {
        this.#removeIdle(decoder);
        decoder.kill();
      }
    }, IDLE_MS).unref();
    this.#idle.set(decoder, timer);
  }

  #removeIdle(decoder: Decoder): void {
    clearTimeout(this.#idle.get(decoder));
    this.#idle.delete(decoder);
  }
}
