import { GROUP_SHIFT } from './coefficient-groups.ts';
import { type EntropyData, readEntropyData } from './entropy-data.ts';
import type { AcTables, HuffmanTables } from './huffman-tables.ts';
import { countUnits, type JpegFrame, type JpegScan } from './jpeg-frame.ts';
import { findMarker, RST0 } from './jpeg-segments.ts';
import { BLOCK_COEFFICIENTS, END_OF_BLOCK, SKIP_BITS, SKIP_MASK, type SkipTable } from './skip-table.ts';

const RESTART_MARKERS = 8;
/**
 * Bytes that may be missing at the end of a scan. They hold the last few blocks at most. libjpeg cannot report less,
 * because it reads up to eight bytes ahead.
 */
export const SPARE_BYTES = 8;

/** Layout and tables of a scan's units. */
export interface ScanLayout {
  readonly frame: JpegFrame;
  readonly scan: JpegScan;
  readonly tables: HuffmanTables;
  /** Units between two restart markers. 0 if there are no restart markers. */
  readonly interval: number;
}

/** Tables of one block. The second is undefined if the scan has only the first coefficient of each block. */
type BlockTables = readonly [SkipTable, AcTables | undefined];

/**
 * Returns whether a scan has all its units. `dataStart` is the offset of its entropy-coded data. `scratch` is a buffer
 * for `readEntropyData`.
 */
export function hasAllUnits(jpeg: Buffer, dataStart: number, layout: ScanLayout, scratch: Buffer): boolean {
  const { frame, scan, interval } = layout;
  const unit = tablesOfUnit(layout);
  if (unit === undefined) {
    return false;
  }
  let left = countUnits(frame, scan);
  let offset = dataStart;
  // Each iteration reads at least one unit. If a restart marker is missing or out of order, the loop ends.
  for (let restarts = 0; ; restarts += 1) {
    const data = readEntropyData(jpeg, offset, scratch);
    const count = interval === 0 ? left : Math.min(interval, left);
    left -= count;
    if (left === 0) {
      return hasUnits(data, count, unit, SPARE_BYTES);
    }
    const marker = findMarker(jpeg, data.end);
    const isExpected = marker !== undefined && jpeg[marker] === RST0 + (restarts % RESTART_MARKERS);
    if (!isExpected || !hasUnits(data, count, unit, 0)) {
      return false;
    }
    offset = marker + 1;
  }
}

/** Returns the tables for each block of a unit, or undefined if a table is not defined. */
function tablesOfUnit({ frame, scan, tables }: ScanLayout): readonly BlockTables[] | undefined {
  const isInterleaved = scan.components.length > 1;
  const unit: BlockTables[] = [];
  for (const { component, dcTable, acTable } of scan.components) {
    const dc = tables.dc(dcTable);
    const ac = tables.ac(acTable);
    if (dc === undefined || (ac === undefined && !frame.progressive)) {
      return undefined;
    }
    const blocks = isInterleaved ? component.horizontal * component.vertical : 1;
    unit.push(...Array<BlockTables>(blocks).fill([dc, frame.progressive ? undefined : ac]));
  }
  return unit;
}

/** Returns whether data has this many units. Each block advances by at least one bit. */
function hasUnits(
  { bytes, length }: EntropyData,
  count: number,
  unit: readonly BlockTables[],
  spareBytes: number,
): boolean {
  const end = 8 * (length + spareBytes);
  let bit = 0;
  for (let left = count; left > 0 && bit <= end; left -= 1) {
    for (const [dc, ac] of unit) {
      bit += (dc[bitsAt(bytes, bit)] ?? 0) & SKIP_MASK;
      bit = ac === undefined ? bit : skipCoefficients(bytes, bit, ac);
    }
  }
  return bit <= end;
}

/** Returns the offset after the coefficients of a block, without the first. Each iteration skips at least one. */
function skipCoefficients(bytes: Uint8Array, from: number, { single, group }: AcTables): number {
  let bit = from;
  let coefficient = 1;
  for (;;) {
    let entry = 0;
    do {
      entry = group[bitsAt(bytes, bit) >> GROUP_SHIFT] ?? END_OF_BLOCK << SKIP_BITS;
      bit += entry & SKIP_MASK;
      coefficient += entry >> SKIP_BITS;
    } while (coefficient < BLOCK_COEFFICIENTS);
    const isEnd = coefficient >= END_OF_BLOCK && coefficient < END_OF_BLOCK + BLOCK_COEFFICIENTS;
    if (coefficient === BLOCK_COEFFICIENTS || isEnd) {
      return bit;
    }
    // The group extends into the next block, or has no code. Go back and skip only its first coefficient.
    bit -= entry & SKIP_MASK;
    coefficient -= entry >> SKIP_BITS;
    entry = single[bitsAt(bytes, bit)] ?? 0;
    bit += entry & SKIP_MASK;
    coefficient += entry >> SKIP_BITS;
    if (coefficient >= BLOCK_COEFFICIENTS) {
      return bit;
    }
  }
}

/** Returns the 16 bits at an offset. Beyond the end of the bytes, all bits are zeros. */
function bitsAt(bytes: Uint8Array, bit: number): number {
  const byte = bit >> 3;
  const bits = ((bytes[byte] ?? 0) << 16) | ((bytes[byte + 1] ?? 0) << 8) | (bytes[byte + 2] ?? 0);
  return (bits >> (8 - (bit & 7))) & 0xffff;
}
