/** Milliseconds in which the weight of what was transferred falls to 37%. A client that stalls is soon told from others. */
const DECAY_MS = 1_000;

/** Measures how fast a count of bytes grows. */
export class RateMeter {
  /** Bytes per second, a moving average. */
  rate: number;
  /** Bytes per second over the last whole window, if there was one. */
  lastWindow: number | undefined;
  readonly #window: number;
  #windowBegan: number;
  #bytesBefore: number;
  #sampledAt: number;
  #bytes: number;

  /**
   * @param window milliseconds.
   * @param assumedRate bytes per second, to begin with.
   */
  constructor(window: number, assumedRate: number, now: number, bytes: number) {
    this.rate = assumedRate;
    this.#window = window;
    this.#windowBegan = now;
    this.#bytesBefore = bytes;
    this.#sampledAt = now;
    this.#bytes = bytes;
  }

  /** Takes the count of bytes at a time, in milliseconds. */
  sample(now: number, bytes: number): void {
    const decay = Math.exp((this.#sampledAt - now) / DECAY_MS);
    this.rate = this.rate * decay + ((bytes - this.#bytes) * 1000) / DECAY_MS;
    this.#sampledAt = now;
    this.#bytes = bytes;
    const age = now - this.#windowBegan;
    if (age >= this.#window) {
      this.lastWindow = ((bytes - this.#bytesBefore) * 1000) / age;
      this.#windowBegan = now;
      this.#bytesBefore = bytes;
    }
  }
}
