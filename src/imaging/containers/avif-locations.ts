import { UnreadableImageError } from '../errors.ts';
import type { ByteReader } from './byte-reader.ts';
import { openFullBox } from './iso-boxes.ts';

/** Location of an item's bytes. */
export interface ItemLocation {
  /** True if the extents are inside the `idat` box, false if they are offsets in the file. */
  readonly inIdat: boolean;
  readonly extents: readonly { readonly from: number; readonly length: number }[];
}

/** Maximum number of items, and of extents of one item. libheif reads no more. */
const MAX_ENTRIES = 256;
const IDAT = 1;

/** Reads an `iloc` box (ISO/IEC 14496-12, 8.11.3). Throws UnreadableImageError. */
export function readItemLocations(body: Buffer): Map<number, ItemLocation> {
  const { version, reader } = openFullBox(body);
  const sizes = reader.uint(2);
  const layout: Layout = {
    version,
    offset: sizes >> 12,
    length: (sizes >> 8) & 15,
    base: (sizes >> 4) & 15,
    index: version === 0 ? 0 : sizes & 15,
  };
  const locations = new Map<number, ItemLocation>();
  const count = readCount(reader, version < 2 ? 2 : 4);
  for (let entry = 0; entry < count; entry += 1) {
    const item = reader.uint(version < 2 ? 2 : 4);
    if (locations.has(item)) {
      throw new UnreadableImageError();
    }
    locations.set(item, readLocation(reader, layout));
  }
  return locations;
}

/** Version of the box, and the size of each kind of number in bytes. */
interface Layout {
  readonly version: number;
  readonly offset: number;
  readonly length: number;
  readonly base: number;
  readonly index: number;
}

function readLocation(reader: ByteReader, layout: Layout): ItemLocation {
  const inIdat = layout.version > 0 && (reader.uint(2) & 15) === IDAT;
  // Skip the index of an external file. Pictures have none.
  reader.uint(2);
  const base = reader.uint(layout.base);
  const extents = Array.from({ length: readCount(reader, 2) }, () => {
    reader.uint(layout.index);
    return { from: base + reader.uint(layout.offset), length: reader.uint(layout.length) };
  });
  return { inIdat, extents };
}

function readCount(reader: ByteReader, bytes: number): number {
  const count = reader.uint(bytes);
  if (count > MAX_ENTRIES) {
    throw new UnreadableImageError();
  }
  return count;
}

/** Returns the bytes of an item. Throws UnreadableImageError if they exceed the source. */
export function readExtents(source: Buffer, { extents }: ItemLocation): Buffer {
  const total = extents.reduce((sum, { length }) => sum + length, 0);
  if (total > source.length || extents.some(({ from, length }) => from + length > source.length)) {
    throw new UnreadableImageError();
  }
  const parts = extents.map(({ from, length }) => source.subarray(from, from + length));
  // A single extent, the usual case, needs no copy.
  return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
}
