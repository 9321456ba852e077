import { UnreadableImageError } from '../errors.ts';
import { BitReader } from './bit-reader.ts';
import { ByteReader } from './byte-reader.ts';

/** Frames in AV1 data. Their number and size determine the work of decoding. */
export interface Av1Frames {
  readonly count: number;
  /** Maximum width and height of a frame in pixels. */
  readonly width: number;
  readonly height: number;
}

// Types of open bitstream units: AV1 specification, 6.2.2.
export const SEQUENCE_HEADER = 1;
const FRAME_HEADER = 3;
const FRAME = 6;
const REDUNDANT_FRAME_HEADER = 7;
const FRAMES = new Set([FRAME_HEADER, FRAME, REDUNDANT_FRAME_HEADER]);
/** Maximum units of one part. A frame has at most 64 x 64 tiles, and each tile may be in a separate unit. */
const MAX_UNITS = 5000;

/**
 * Reads the headers of the units in a picture's AV1 data.
 * Throws UnreadableImageError if there is no sequence header, if there are too many units, or if a unit is truncated.
 * @param parts units of the picture's configuration, then units of the picture itself.
 */
export function readAv1Frames(parts: readonly Buffer[]): Av1Frames {
  let [count, width, height] = [0, 0, 0];
  for (const part of parts) {
    const reader = new ByteReader(part);
    for (let units = 0; reader.left > 0; units += 1) {
      if (units === MAX_UNITS) {
        throw new UnreadableImageError();
      }
      const { type, payload } = readUnit(reader);
      count += FRAMES.has(type) ? 1 : 0;
      if (type === SEQUENCE_HEADER) {
        const size = readSequenceSize(new BitReader(payload));
        width = Math.max(width, size.width);
        height = Math.max(height, size.height);
      }
    }
  }
  if (width === 0) {
    throw new UnreadableImageError();
  }
  return { count, width, height };
}

/** Reads an open bitstream unit: AV1 specification, 5.3. */
export function readUnit(reader: ByteReader): { type: number; payload: Buffer } {
  const header = reader.uint(1);
  const hasExtension = (header & 4) !== 0;
  const hasSize = (header & 2) !== 0;
  reader.bytes(hasExtension ? 1 : 0);
  const size = hasSize ? readLeb128(reader) : reader.left;
  return { type: (header >> 3) & 15, payload: reader.bytes(size) };
}

/** Reads a number of at most eight bytes with seven bits each, least significant first: AV1 specification, 4.10.5. */
function readLeb128(reader: ByteReader): number {
  let value = 0;
  for (let index = 0; index < 8; index += 1) {
    const byte = reader.uint(1);
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) {
      break;
    }
  }
  return value;
}

/** Reads the start of a sequence header, up to the size of its frames: AV1 specification, 5.5.1. */
export function readSequenceSize(bits: BitReader): { width: number; height: number } {
  bits.skip(3 + 1);
  if (bits.flag()) {
    bits.skip(5);
  } else {
    skipTimingAndPoints(bits);
  }
  const widthBits = bits.uint(4) + 1;
  const heightBits = bits.uint(4) + 1;
  return { width: bits.uint(widthBits) + 1, height: bits.uint(heightBits) + 1 };
}

/** Skips the fields between `reduced_still_picture_header` and the size. They exist only if that flag is not set. */
function skipTimingAndPoints(bits: BitReader): void {
  let delayBits: number | undefined;
  if (bits.flag()) {
    bits.skip(32 + 32);
    if (bits.flag()) {
      bits.skipExpGolomb();
    }
    if (bits.flag()) {
      delayBits = bits.uint(5) + 1;
      bits.skip(32 + 5 + 5);
    }
  }
  const hasDisplayDelay = bits.flag();
  for (let points = bits.uint(5) + 1; points > 0; points -= 1) {
    bits.skip(12);
    const level = bits.uint(5);
    bits.skip(level > 7 ? 1 : 0);
    if (delayBits !== undefined && bits.flag()) {
      bits.skip(2 * delayBits + 1);
    }
    if (hasDisplayDelay && bits.flag()) {
      bits.skip(4);
    }
  }
}
