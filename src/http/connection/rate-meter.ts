/** Milliseconds in which the weight of transferred bytes falls to 37%. The rate reflects a stall within seconds. */
const DECAY_MS = 1_000;

/** Measures how fast a byte count grows. */
export class RateMeter {
  /** Bytes per second, a moving average. */
  rate: number;
  /** Bytes per second over the last complete window, or undefined if there was none. */
  lastWindow: number | undefined;
  readonly #window: number;
  #windowBegan: number;
  #bytesBefore: number;
  #sampledAt: number;
  #bytes: number;

  /**
   * @param window length of a window in milliseconds.
   * @param assumedRate initial rate in bytes per second.
   */
  constructor(window: number, assumedRate: number, now: number, bytes: number) {
    this.rate = assumedRate;
    this.#window = window;
    this.#windowBegan = now;
    this.#bytesBefore = bytes;
    this.#sampledAt = now;
    this.#bytes = bytes;
  }

  /** Records the byte count at a time in milliseconds. */
  sample(now: number, bytes: number): void {
    const decay = Math.exp((this.#sampledAt - now) / DECAY_MS);
    this.rate = this.rate * decay + ((bytes - this.#bytes) * 1000) / DECAY_MS;
    this.#sampledAt = now;
    this.#bytes = bytes;
    const age = now - this.#windowBegan;
    if (age >= this.#window) {
      const rate = ((bytes - this.#bytesBefore) * 1000) / age;
      this.restartWindow();
      this.lastWindow = rate;
    }
  }

  /** Discards the last window and starts a new one at the last sample. */
  restartWindow(): void {
    this.lastWindow = undefined;
    this.#windowBegan = this.#sampledAt;
    this.#bytesBefore = this.#bytes;
  }
}
