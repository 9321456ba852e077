/** Slots of 4 bytes. A picture is admitted if at most about that many other pictures were requested in between. */
const SLOTS = 16_384;

/** Remembers which keys were seen, in a table of fixed size. A new key replaces the key with the same slot. */
export class SeenOnce {
  readonly #hashes = new Uint32Array(SLOTS);

  /** Adds a key. @returns whether it was seen before. One of four billion other keys counts as the same key. */
  add(key: string): boolean {
    const hash = hashOf(key);
    const slot = hash % SLOTS;
    const isSeen = this.#hashes[slot] === hash;
    this.#hashes[slot] = hash;
    return isSeen;
  }
}

/** Returns the 32-bit FNV-1a hash of a text: http://www.isthe.com/chongo/tech/comp/fnv/. PICTURE_FILE bounds keys. */
function hashOf(text: string): number {
  let hash = 0x81_1c_9d_c5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01_00_01_93);
  }
  return hash >>> 0;
}
