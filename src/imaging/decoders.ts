import type { AcceptedType } from './accepted-types.ts';
import { Decoder, type DecoderEnd } from './decoder.ts';
import { ImagingClosedError } from './errors.ts';

export interface DecodersOptions {
  /** Types that the processes can load. */
  readonly types: readonly AcceptedType[];
  /** Jobs after which a process is replaced, so that leaks of the libraries do not add up. */
  readonly jobsBeforeRecycle: number;
  /** Called when a process dies while it is idle. */
  readonly onIdleDeath: (end: DecoderEnd) => void;
}

/** Milliseconds after which an idle process ends, unless it is the only one. */
const IDLE_MS = 60_000;

/** The processes that decode. One stays warm; the others start with the work and end when they are idle. */
export class Decoders {
  readonly #options: DecodersOptions;
  /** Every process that has not ended, also those that are being killed. */
  readonly #alive = new Set<Decoder>();
  /** Idle processes with the timers that end them, the one that rested last at the end. */
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
    // The one that rested last goes first, so that the others stay idle until they end.
    const decoder = [...this.#idle.keys()].at(-1) ?? this.#start();
    this.#forgetIdle(decoder);
    this.#working.add(decoder);
    return decoder;
  }

  /** Takes back a process that has answered. */
  release(decoder: Decoder): void {
    this.#working.delete(decoder);
    if (this.#closed || decoder.jobs >= this.#options.jobsBeforeRecycle) {
      decoder.kill();
      this.#keepOneWarm();
    } else {
      this.#rest(decoder);
    }
  }

  /** Forgets a process that ended at work, and starts another if it was the only one. */
  replace(decoder: Decoder): void {
    this.#working.delete(decoder);
    this.#keepOneWarm();
  }

  /**
   * Forgets a process that never took its job. Kills the idle ones too, since the cause may have hit them as well: an operator
   * who stopped all decoders, for instance. The next job gets a new process.
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
    const decoder = new Decoder(this.#options.types);
    this.#alive.add(decoder);
    void decoder.ended.then((end) => {
      this.#alive.delete(decoder);
      if (this.#idle.has(decoder)) {
        // The next job starts another one. Starting it here would never end if each died at its start.
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
      // The system has no room for a process; the next job tries again, and reports it.
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
