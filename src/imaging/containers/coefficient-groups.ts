import { BLOCK_COEFFICIENTS, CODE_BITS, SKIP_BITS, SKIP_MASK, type SkipTable } from './skip-table.ts';

/** Bits of the index. A table for all sixteen bits of a code would exceed the processor's first cache. */
const GROUP_BITS = 12;
export const GROUP_SHIFT = CODE_BITS - GROUP_BITS;

/**
 * Returns a table that is indexed by the next twelve bits. An entry stands for as many coefficients as have their codes
 * in these bits. If there is none, the entry stands for a block without bits.
 * @param counts number of codes of each length.
 */
export function buildGroups(single: SkipTable, counts: Buffer): SkipTable {
  const groups = new Uint16Array(2 ** GROUP_BITS);
  for (let index = 0; index < groups.length; index += 1) {
    let skipped = 0;
    let coefficients = 0;
    // Each iteration advances by at least one of the twelve bits.
    while (skipped < GROUP_BITS && coefficients < BLOCK_COEFFICIENTS) {
      const bits = (index << (GROUP_SHIFT + skipped)) & 0xffff;
      if (codeLength(bits, counts) > GROUP_BITS - skipped) {
        break;
      }
      const entry = single[bits] ?? 0;
      skipped += entry & SKIP_MASK;
      coefficients += entry >> SKIP_BITS;
    }
    groups[index] = skipped | ((coefficients || BLOCK_COEFFICIENTS) << SKIP_BITS);
  }
  return groups;
}

/** Returns the length of the code at the start of 16 bits, or more than 16 if there is none. */
function codeLength(bits: number, counts: Buffer): number {
  // Codes of equal length are consecutive numbers, and longer codes follow shorter ones.
  let end = 0;
  for (let length = 1; length <= CODE_BITS; length += 1) {
    end = 2 * end + (counts[length - 1] ?? 0);
    if (bits >> (CODE_BITS - length) < end) {
      return length;
    }
  }
  return CODE_BITS + 1;
}
