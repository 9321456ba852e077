/** Bits of the longest Huffman code of a JPEG. */
export const CODE_BITS = 16;
export const BLOCK_COEFFICIENTS = 64;
/** Number of coefficients in the entry of a code that ends its block. No other entry has as many. */
export const END_OF_BLOCK = 2 * BLOCK_COEFFICIENTS;

/** Bits of an entry that hold the number of bits to skip. */
export const SKIP_BITS = 5;
export const SKIP_MASK = 2 ** SKIP_BITS - 1;

/**
 * A table that is indexed by the next 16 bits. The lower bits of an entry are the number of bits that a coefficient
 * takes: its code and its value. The upper bits are the number of coefficients up to and including this one.
 */
export type SkipTable = Uint16Array;
