import { type Box, findBox, readBoxes } from './boxes.ts';
import { readText } from './read-text.ts';

/** Version and flags, which are at the start of some boxes. */
export const FLAGS_BYTES = 4;

/**
 * Returns the properties of the primary item of an AVIF or a HEIC, in the order in which a decoder applies them. Returns
 * none for other files. Throws RangeError if the file is truncated.
 */
export function readPrimaryProperties(file: DataView): Box[] {
  const meta =
    readText(file, 4, 4) === 'ftyp' ? findBox(readBoxes(file, 0, file.byteLength), 'meta') : undefined;
  const boxes = meta ? [...readBoxes(file, meta.start + FLAGS_BYTES, meta.end)] : [];
  const primary = findBox(boxes, 'pitm');
  const properties = findBox(boxes, 'iprp');
  if (primary === undefined || properties === undefined) {
    return [];
  }
  const parts = [...readBoxes(file, properties.start, properties.end)];
  const container = findBox(parts, 'ipco');
  const all = container ? [...readBoxes(file, container.start, container.end)] : [];
  const item = new Cursor(file, primary.start).item();
  const indices = parts.filter(({ type }) => type === 'ipma').flatMap((box) => readIndices(file, box, item));
  // Indices start at 1.
  return indices.flatMap((index) => all[index - 1] ?? []);
}

/** Reads the indices of an item's properties from an `ipma` box. */
function readIndices(file: DataView, { start, end }: Box, item: number): number[] {
  const cursor = new Cursor(file, start);
  const isWide = (cursor.flags & 1) !== 0;
  const found: number[] = [];
  // Each iteration advances by at least three bytes.
  for (let entries = cursor.read(4); entries > 0 && cursor.offset < end; entries -= 1) {
    const isWanted = cursor.item() === item;
    const count = cursor.read(1);
    // The highest bit marks a property as essential.
    const indices = Array.from({ length: count }, () =>
      isWide ? cursor.read(2) & 0x7fff : cursor.read(1) & 0x7f,
    );
    found.push(...(isWanted ? indices : []));
  }
  return found;
}

/** Reads the numbers of a box that begins with a version and flags. Throws RangeError at the end of the file. */
class Cursor {
  readonly flags: number;
  offset: number;
  readonly #file: DataView;
  readonly #version: number;

  constructor(file: DataView, start: number) {
    this.#file = file;
    this.#version = file.getUint8(start);
    this.flags = file.getUint32(start) & 0xffffff;
    this.offset = start + FLAGS_BYTES;
  }

  read(bytes: 1 | 2 | 4): number {
    const at = this.offset;
    this.offset += bytes;
    if (bytes === 4) {
      return this.#file.getUint32(at);
    }
    return bytes === 2 ? this.#file.getUint16(at) : this.#file.getUint8(at);
  }

  /** Reads the number of an item, whose length depends on the version of the box. */
  item(): number {
    return this.read(this.#version === 0 ? 2 : 4);
  }
}
