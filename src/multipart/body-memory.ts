/** A share of the memory for bodies. */
export interface Reservation {
  /** Sets the bytes that a body takes now. May give up other bodies. */
  resize(bytes: number): void;
  release(): void;
}

/** Bytes up to which a body does not count. Nearly every request is that small, and is never refused because of others. */
const SMALL_BODY_BYTES = 8 * 1024;
/** Bytes of all larger bodies together. */
const MAX_BODY_MEMORY = 32 * 1024 * 1024;

/**
 * Bounds the memory of bodies that the server gathers before it parses them, over all connections. A client could send
 * nearly all of a large body on each of many connections and then stall. When the memory is used up, the server gives
 * up the large body that began first, because honest ones are complete long before.
 */
export class BodyMemory {
  readonly #maxBytes: number;
  /** Large bodies and their bytes, the oldest first. */
  readonly #held = new Map<() => void, number>();
  #bytes = 0;

  constructor(maxBytes = MAX_BODY_MEMORY) {
    this.#maxBytes = maxBytes;
  }

  /** Adds a body without bytes. @param abandon is called if the body has to end; it should release the reservation. */
  reserve(abandon: () => void): Reservation {
    // Each reservation needs a key of its own, even if two of them share `abandon`.
    const key = () => abandon();
    return {
      resize: (bytes) => this.#resize(key, bytes),
      release: () => this.#release(key),
    };
  }

  #resize(key: () => void, bytes: number): void {
    const before = this.#held.get(key);
    if (before === undefined && bytes <= SMALL_BODY_BYTES) {
      return;
    }
    this.#held.set(key, bytes);
    this.#bytes += bytes - (before ?? 0);
    for (const oldest of this.#held.keys()) {
      if (this.#bytes <= this.#maxBytes || oldest === key) {
        return;
      }
      this.#release(oldest);
      oldest();
    }
  }

  #release(key: () => void): void {
    this.#bytes -= this.#held.get(key) ?? 0;
    this.#held.delete(key);
  }
}
