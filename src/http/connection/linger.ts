import { MIN_SEND_RATE } from './connection.ts';
import { RateMeter } from './rate-meter.ts';

/** Maximum bytes to read of a discarded body. Many clients read the response only after they have sent the body. */
export const LINGER_BYTES = 64 * 1024 * 1024;
/** Milliseconds without a byte after which a client counts as stalled. */
export const LINGER_IDLE_MS = 5_000;
/** Window over which a client must reach MIN_SEND_RATE, as for other bodies. */
const LINGER_WINDOW_MS = 30_000;
/** As long as the whole request may take: see REQUEST_TIMEOUTS in app.ts. */
const MAX_LINGER_MS = 300_000;

/**
 * Bounds how long the server reads a body that it discards. A slow client can finish it, but an endless or dripping one
 * cannot keep the connection. Callers also stop after LINGER_IDLE_MS without a byte.
 */
export class Linger {
  readonly #began: number;
  readonly #meter: RateMeter;
  #bytes = 0;

  /** @param now time in milliseconds, as of `performance.now()`. */
  constructor(now: number) {
    this.#began = now;
    this.#meter = new RateMeter(LINGER_WINDOW_MS, MIN_SEND_RATE, now, 0);
  }

  /** Counts bytes that arrived. @returns whether they exceed a limit of bytes or time, or arrived too slowly. */
  exceededBy(bytes: number, now: number): boolean {
    this.#bytes += bytes;
    this.#meter.sample(now, this.#bytes);
    const { lastWindow = MIN_SEND_RATE } = this.#meter;
    return this.#bytes > LINGER_BYTES || now - this.#began > MAX_LINGER_MS || lastWindow < MIN_SEND_RATE;
  }
}
