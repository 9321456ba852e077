const MODULUS = 65_521;
/** Number of bytes after which the sums are reduced, so that they stay exact. */
const BLOCK_BYTES = 4096;

/** Adler-32 checksum of bytes that arrive in pieces (RFC 1950, 8.2). Node.js has no function for it. */
export class Adler32 {
  #low = 1;
  #high = 0;

  update(bytes: Uint8Array): void {
    for (let start = 0; start < bytes.length; start += BLOCK_BYTES) {
      for (const byte of bytes.subarray(start, start + BLOCK_BYTES)) {
        this.#low += byte;
        this.#high += this.#low;
      }
      this.#low %= MODULUS;
      this.#high %= MODULUS;
    }
  }

  get value(): number {
    return this.#high * 2 ** 16 + this.#low;
  }
}
