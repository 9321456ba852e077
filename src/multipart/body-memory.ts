/** A share of the memory for bodies. */
export interface Reservation {
  /** Tells how many bytes a body takes now. May give up other bodies. */
  resize(bytes: number): void;
  release(): void;
}

/** Bytes up to which a body counts nothing: nearly every request is that small, and none of those shall be refused for others. */
const SMALL_BODY_BYTES = 8 * 1024;
/** Bytes of all larger bodies together. */
const MAX_BODY_MEMORY = 32 * 1024 * 1024;

/**
 * Bounds the memory of the bodies that are gathered before they are read, over all connections. A client could send
 * nearly all of a large body on each of many connections and then stall. When the memory is used up, the body that
 * began first is given up: honest ones are complete long before.
 */
export class BodyMemory {
  readonly #maxBytes: number;
  /** Large bodies and their bytes, the oldest first. */
  readonly #held = new Map<() => void, number>();
  #bytes = 0;

  constructor(maxBytes = MAX_BODY_MEMORY) {
    this.#maxBytes = maxBytes;
  }

  /** @param giveUp is called when the body has to end; it should release the reservation. */
  reserve(giveUp: () => void): Reservation {
    // Its own function is the key, so that two reservations are never one.
    const key = () => giveUp();
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
