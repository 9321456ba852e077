import type { AcceptedType } from './accepted-types.ts';
import { Decoder } from './decoder.ts';
import type { DecoderEnd } from './decoder-end.ts';
import { ImagingClosedError } from './errors.ts';

export interface DecodersOptions {
  /** Types that the processes can load. */
  readonly types: readonly AcceptedType[];
  /** Jobs after which a process is replaced, so that leaks of the libraries do not add up. */
  readonly jobsBeforeRecycle: number;
  /** Called when a process dies while it is idle. */
  readonly onIdleDeath: (end: DecoderEnd) => void;
  /** Called with what a process writes to standard error. */
  readonly onOutput: (text: string) => void;
}

/** Milliseconds after which the pool ends an idle process, unless it is the only one. */
const IDLE_MS = 60_000;

/** Manages the processes that decode. One stays warm; the others start on demand and end when they are idle. */
export class Decoders {
  readonly #options: DecodersOptions;
  /** Every process that has not ended, including those that are being killed. */
  readonly #alive = new Set<Decoder>();
  /** Idle processes with the timers that end them. The process that became idle last is at the end. */
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

  /** Returns an idle process, or starts one. Throws ImagingClosedError, or the system's error if it cannot start one. */
  acquire(): Decoder {
    if (this.#closed) {
      throw new ImagingClosedError();
    }
    // Prefer the process that became idle last, so that the others stay idle until they end.
    const decoder = [...this.#idle.keys()].at(-1) ?? this.#start();
    this.#forgetIdle(decoder);
    this.#working.add(decoder);
    return decoder;
  }

  /** Returns a process to the pool after it has answered. */
  release(decoder: Decoder): void {
    this.#working.delete(decoder);
    if (this.#closed || decoder.jobs >= this.#options.jobsBeforeRecycle) {
      decoder.kill();
      this.#keepOneWarm();
    } else {
      this.#rest(decoder);
    }
  }

  /** Removes a process that ended with a job, and starts another if it was the only one. */
  replace(decoder: Decoder): void {
    this.#working.delete(decoder);
    this.#keepOneWarm();
  }

  /**
   * Removes a process that never took its job, or that something outside of it killed. Kills the idle ones too, because the
   * same cause may affect them, for example an operator who stopped all decoders. The next job gets a new process.
   */
  distrust(decoder: Decoder): void {
    this.#working.delete(decoder);
    for (const idle of [...this.#idle.keys()]) {
      this.#forgetIdle(idle);
      idle.kill();
    }
  }

  /** Kills every process. Resolves when all have ended. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const decoder of this.#alive) {
      this.#forgetIdle(decoder);
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
        // The next job starts another process. Starting it here would loop forever if every process died at its start.
        this.#forgetIdle(decoder);
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
      this.#rest(this.#start());
    } catch {
      // The system cannot start a process. The next job tries again and reports the error.
    }
  }

  #rest(decoder: Decoder): void {
    const timer = setTimeout(() => {
      if (this.#idle.size + this.#working.size > 1) {
        this.#forgetIdle(decoder);
        decoder.kill();
      }
    }, IDLE_MS).unref();
    this.#idle.set(decoder, timer);
  }

  #forgetIdle(decoder: Decoder): void {
    clearTimeout(this.#idle.get(decoder));
    this.#idle.delete(decoder);
  }
}
