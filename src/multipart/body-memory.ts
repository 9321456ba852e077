/** Memory that is reserved for a body. */
export interface Reservation {
  /** Sets the bytes that the body takes now. May abandon other bodies. */
  resize(bytes: number): void;
  release(): void;
}

/**
 * Maximum bytes of a body that does not count toward the limit. Nearly all bodies are this small. They are never
 * abandoned because of other bodies.
 */
const SMALL_BODY_BYTES = 8 * 1024;
/** Maximum bytes of all larger bodies together. */
const MAX_BODY_MEMORY = 32 * 1024 * 1024;

/**
 * Bounds the memory of bodies that the server buffers before it parses them, over all connections. A client could
 * send nearly all of a large body on each of many connections and then stall. When the memory is used up, the server
 * abandons the oldest large body, because legitimate bodies are complete long before.
 */
export class BodyMemory {
  readonly #maxBytes: number;
  /** Bytes of each large body, oldest body first. */
  readonly #reservations = new Map<() => void, number>();
  #bytes = 0;

  constructor(maxBytes = MAX_BODY_MEMORY) {
    this.#maxBytes = maxBytes;
  }

  /**
   * Adds a body without bytes.
   * @param abandon called if the body must be abandoned. It should release the reservation.
   */
  reserve(abandon: () => void): Reservation {
    // Each reservation needs a separate key, even if two reservations share `abandon`.
    const key = () => abandon();
    return {
      resize: (bytes) => this.#resize(key, bytes),
      release: () => this.#release(key),
    };
  }

  #resize(key: () => void, bytes: number): void {
    const before = this.#reservations.get(key);
    if (before === undefined && bytes <= SMALL_BODY_BYTES) {
      return;
    }
    this.#reservations.set(key, bytes);
    this.#bytes += bytes - (before ?? 0);
    for (const oldest of this.#reservations.keys()) {
      if (this.#bytes <= this.#maxBytes || oldest === key) {
        return;
      }
      this.#release(oldest);
      oldest();
    }
  }

  #release(key: () => void): void {
    this.#bytes -= this.#reservations.get(key) ?? 0;
    this.#reservations.delete(key);
  }
}
