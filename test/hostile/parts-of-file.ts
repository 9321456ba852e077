/** A piece of a picture file with its own length field: a chunk, a segment or a box. */
export interface Part {
  /** Offsets of this part and of the next part. */
  readonly from: number;
  readonly to: number;
  /** Offset of the length field, and its size in bytes. */
  readonly lengthAt: number;
  readonly lengthBytes: 1 | 2 | 4;
  readonly littleEndian: boolean;
}

/** Returns the recognizable parts of a file. The first bytes determine the format. Other formats have no parts. */
export function partsOf(file: Buffer): Part[] {
  const start = file.toString('latin1', 0, 12);
  if (start.startsWith('\x89PNG')) {
    return chain(file, 8, { lengthAt: 0, lengthBytes: 4, littleEndian: false, uncounted: 12 });
  }
  if (start.startsWith('\xff\xd8')) {
    return chain(file, 2, { lengthAt: 2, lengthBytes: 2, littleEndian: false, uncounted: 2 });
  }
  if (start.startsWith('RIFF')) {
    return chain(file, 12, { lengthAt: 4, lengthBytes: 4, littleEndian: true, uncounted: 8, even: true });
  }
  if (start.startsWith('GIF8')) {
    return blocksOfGif(file);
  }
  return start.slice(4, 8) === 'ftyp' ? boxesOf(file) : [];
}

interface Layout {
  readonly lengthAt: number;
  readonly lengthBytes: 2 | 4;
  readonly littleEndian: boolean;
  /** Bytes of a part that its length field does not count. */
  readonly uncounted: number;
  /** Whether the next part starts at an even offset. */
  readonly even?: boolean;
}

/** Returns consecutive parts of the same layout. */
function chain(
  file: Buffer,
  start: number,
  { uncounted, even = false, ...layout }: Layout,
  end = file.length,
): Part[] {
  const parts: Part[] = [];
  let from = start;
  while (from + layout.lengthAt + layout.lengthBytes <= end) {
    const lengthAt = from + layout.lengthAt;
    const length = layout.littleEndian
      ? file.readUIntLE(lengthAt, layout.lengthBytes)
      : file.readUIntBE(lengthAt, layout.lengthBytes);
    const to = from + uncounted + length + (even ? length % 2 : 0);
    if (to > end || to <= from) {
      break;
    }
    parts.push({ ...layout, lengthAt, from, to });
    from = to;
  }
  return parts;
}

const CONTAINERS = ['meta', 'iprp', 'ipco', 'iinf', 'iref'];

/** Returns the boxes between two offsets, and the boxes inside of them. */
function boxesOf(file: Buffer, start = 0, end = file.length): Part[] {
  const boxes = chain(file, start, { lengthAt: 0, lengthBytes: 4, littleEndian: false, uncounted: 0 }, end);
  return boxes.flatMap((box) => {
    const type = file.toString('latin1', box.from + 4, box.from + 8);
    // Some containers have a version and a count before their first box.
    const inside = box.from + { meta: 12, iref: 12, iinf: 14 }[type as 'meta'] || box.from + 8;
    return CONTAINERS.includes(type) ? [box, ...boxesOf(file, inside, box.to)] : [box];
  });
}

/** Returns the extensions and frames of a GIF. The length field of each is that of its first data block. */
function blocksOfGif(file: Buffer): Part[] {
  const flags = file[10] ?? 0;
  const blocks: Part[] = [];
  let from = 13 + paletteBytes(flags);
  while (file[from] === 0x21 || file[from] === 0x2c) {
    const lengthAt = file[from] === 0x21 ? from + 2 : from + 11 + paletteBytes(file[from + 9] ?? 0);
    let to = lengthAt;
    while ((file[to] ?? 0) !== 0) {
      to += 1 + (file[to] ?? 0);
    }
    to = Math.min(to + 1, file.length);
    blocks.push({ from, to, lengthAt, lengthBytes: 1, littleEndian: true });
    from = to;
  }
  return blocks.filter(({ lengthAt }) => lengthAt < file.length);
}

function paletteBytes(flags: number): number {
  return flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0;
}
