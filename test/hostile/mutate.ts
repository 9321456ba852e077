import { crc32 } from 'node:zlib';
import { claimAvifSize } from './files/avif.ts';
import { claimJpegSize } from './files/jpeg.ts';
import { type Part, partsOf } from './parts-of-file.ts';

type Random = () => number;

/** Changes a file. `others` are files to copy pieces from. */
type Mutation = (file: Buffer, random: Random, others: readonly Buffer[]) => Buffer;

const HEADER_BYTES = 64;
/** Numbers that can break comparisons, sums and products in decoders. */
const BOUNDARY_VALUES = [
  0, 1, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0xffffffff,
];

const below = (random: Random, end: number) => Math.floor(random() * end);

function pick<Item>(random: Random, items: readonly Item[]): Item {
  return items[below(random, items.length)] as Item;
}

/** Edge lengths to claim, in pixels. */
const EDGES = [0, 31, 100, 1000, 7000, 0x3fff, 0xffff];
/** Size in bytes from which a part is copied only once. */
const MANY_COPIES_BYTES = 1000;
/** Share of the mutations that are harsh. */
const HARSH_SHARE = 0.2;

/** Returns a random offset: often in the header, where more depends on each byte, and otherwise anywhere. */
function randomOffset(random: Random, file: Buffer, bytes = 1): number {
  const end = random() < 0.4 ? Math.min(HEADER_BYTES, file.length) : file.length;
  return below(random, Math.max(end - bytes, 0) + 1);
}

function randomRange(random: Random, file: Buffer): [from: number, to: number] {
  const [one, two] = [below(random, file.length + 1), below(random, file.length + 1)];
  return one < two ? [one, two] : [two, one];
}

/** Writes a number if there is room for it. */
function writeNumber(file: Buffer, at: number, bytes: number, littleEndian: boolean, value: number): void {
  if (at + bytes <= file.length) {
    const fitting = value % 2 ** (8 * bytes);
    littleEndian ? file.writeUIntLE(fitting, at, bytes) : file.writeUIntBE(fitting, at, bytes);
  }
}

/** Mutations that keep most of the file intact, so that decoders continue after the change. */
const GENTLE: readonly Mutation[] = [
  function flipBits(file, random) {
    const changed = Buffer.from(file);
    for (let count = pick(random, [1, 1, 2, 8]); count > 0 && file.length > 0; count -= 1) {
      const at = randomOffset(random, file);
      changed[at] = (changed[at] ?? 0) ^ (1 << below(random, 8));
    }
    return changed;
  },
  function overwriteNumber(file, random) {
    const changed = Buffer.from(file);
    const bytes = pick(random, [1, 2, 4]);
    writeNumber(
      changed,
      randomOffset(random, file, bytes),
      bytes,
      random() < 0.5,
      pick(random, BOUNDARY_VALUES),
    );
    return changed;
  },
  function corruptLength(file, random) {
    const part = pick(random, partsOf(file)) as Part | undefined;
    const changed = Buffer.from(file);
    if (part !== undefined) {
      const length = part.to - part.from;
      const value = pick(random, [...BOUNDARY_VALUES, length - 1, length + 1, length * 2, file.length]);
      writeNumber(changed, part.lengthAt, part.lengthBytes, part.littleEndian, Math.max(value, 0));
    }
    return changed;
  },
  function claimSize(file, random) {
    const [width, height] = [pick(random, EDGES), pick(random, EDGES)];
    if (file.length < HEADER_BYTES) {
      return file;
    }
    const claiming = Buffer.from(file);
    switch (file.toString('latin1', 0, 4)) {
      case '\x89PNG':
        writeNumber(claiming, 16, 4, false, width);
        writeNumber(claiming, 20, 4, false, height);
        return claiming;
      case 'GIF8':
        writeNumber(claiming, 6, 2, true, width);
        writeNumber(claiming, 8, 2, true, height);
        return claiming;
      case 'RIFF':
        // Offsets in a canvas (VP8X) or in a lossy picture (VP8).
        writeNumber(claiming, pick(random, [24, 26]), 2, true, width);
        writeNumber(claiming, pick(random, [27, 28]), 2, true, height);
        return claiming;
      default:
        return file.includes('ispe')
          ? claimAvifSize(file, width, height)
          : claimJpegSize(file, width, height);
    }
  },
  function repeatPart(file, random) {
    const parts = partsOf(file);
    const part = pick(random, parts) as Part | undefined;
    const before = pick(random, parts) as Part | undefined;
    if (part === undefined || before === undefined) {
      return file;
    }
    const most = part.to - part.from < MANY_COPIES_BYTES ? 50 : 1;
    const copies = Array.from({ length: 1 + below(random, most) }, () => file.subarray(part.from, part.to));
    return Buffer.concat([file.subarray(0, before.from), ...copies, file.subarray(before.from)]);
  },
  function splicePart(file, random, others) {
    const other = pick(random, others);
    const part = pick(random, partsOf(other)) as Part | undefined;
    const before = pick(random, partsOf(file)) as Part | undefined;
    if (part === undefined || before === undefined) {
      return file;
    }
    const [head, tail] = [file.subarray(0, before.from), file.subarray(before.from)];
    return Buffer.concat([head, other.subarray(part.from, part.to), tail]);
  },
  function removePart(file, random) {
    const part = pick(random, partsOf(file)) as Part | undefined;
    return part ? Buffer.concat([file.subarray(0, part.from), file.subarray(part.to)]) : file;
  },
];

/** Mutations that leave hardly any file intact. */
const HARSH: readonly Mutation[] = [
  function truncate(file, random) {
    return file.subarray(0, below(random, file.length + 1));
  },
  function spliceFiles(file, random, others) {
    const other = pick(random, others);
    return Buffer.concat([
      file.subarray(0, below(random, file.length + 1)),
      other.subarray(below(random, other.length + 1)),
    ]);
  },
  function repeatBytes(file, random) {
    const [from, to] = randomRange(random, file);
    const at = randomOffset(random, file, 0);
    return Buffer.concat([file.subarray(0, at), file.subarray(from, to), file.subarray(at)]);
  },
  function removeBytes(file, random) {
    const [from, to] = randomRange(random, file);
    return Buffer.concat([file.subarray(0, from), file.subarray(to)]);
  },
  function fillBytes(file, random) {
    const [from, to] = randomRange(random, file);
    return Buffer.from(file).fill(pick(random, [0, 0xff, below(random, 256)]), from, to);
  },
];

/** Mutates a file one to three times. Mostly corrects the checksums of a PNG, so that decoders accept its chunks. */
export function mutate(file: Buffer, random: Random, others: readonly Buffer[]): Buffer {
  let mutated = file;
  for (let count = pick(random, [1, 1, 1, 2, 3]); count > 0; count -= 1) {
    mutated = pick(random, random() < HARSH_SHARE ? HARSH : GENTLE)(mutated, random, others);
  }
  return random() < 0.75 ? withChecksums(mutated) : mutated;
}

function withChecksums(file: Buffer): Buffer {
  if (!file.toString('latin1', 0, 4).endsWith('PNG')) {
    return file;
  }
  const checked = Buffer.from(file);
  for (const { from, to } of partsOf(file)) {
    checked.writeUInt32BE(crc32(checked.subarray(from + 4, to - 4)), to - 4);
  }
  return checked;
}
