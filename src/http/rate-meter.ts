/** Milliseconds for which the assumed rate counts. Whoever stalls for a few hundred is soon told from who does not. */
const FIRST_MEMORY_MS = 100;
/** Of a window: for so long the rate before it still counts, so that a new window does not begin at zero. */
const MEMORY = 1 / 10;

/** Measures how fast a count of bytes grows, over consecutive windows. */
export class RateMeter {
  /** Bytes per second: the present window so far, smoothed by the rate before it. */
  rate: number;
  /** Bytes per second over the last whole window, if there was one. */
  lastWindow: number | undefined;
  readonly #window: number;
  #rateBefore: number;
  #memory = FIRST_MEMORY_MS;
  #since: number;
  #bytes: number;

  /**
   * @param window milliseconds.
   * @param assumedRate bytes per second until there are measurements.
   */
  constructor(window: number, assumedRate: number, now: number, bytes: number) {
    this.rate = assumedRate;
    this.#window = window;
    this.#rateBefore = assumedRate;
    this.#since = now;
    this.#bytes = bytes;
  }

  /** Takes the count of bytes at a time, in milliseconds. */
  sample(now: number, bytes: number): void {
    const age = now - this.#since;
    const grown = bytes - this.#bytes;
    this.rate = (1000 * grown + this.#rateBefore * this.#memory) / (age + this.#memory);
    if (age >= this.#window) {
      this.lastWindow = (1000 * grown) / age;
      this.#rateBefore = this.rate;
      this.#memory = MEMORY * this.#window;
      this.#since = now;
      this.#bytes = bytes;
    }
  }
}
