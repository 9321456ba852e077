import { UnreadableImageError } from '../errors.ts';
import { readAvifItems } from './avif-items.ts';
import { ByteReader } from './byte-reader.ts';
import type { Box } from './iso-boxes.ts';

/**
 * Maximum width and height of an item in pixels: 256 tiles (ISO/IEC 23008-12, 6.6.2.3) of 65,536 pixels each (AV1
 * specification, 5.5.1). libvips supports at most 100,000,000, and prints errors above that instead of failing.
 */
const MAX_EDGE = 256 * 65_536;

/** Width and height in pixels. */
interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * Throws UnreadableImageError if an item of an AVIF is larger than AV1 allows, or if its `clap` crop is not inside
 * the item. Reads only properties. libvips computes a picture's size from them when it reads the header.
 */
export function checkAvifSizes(avif: Buffer): void {
  const { types, properties } = readAvifItems(avif);
  for (const item of types.keys()) {
    checkProperties(properties.get(item) ?? []);
  }
}

function checkProperties(properties: readonly Box[]): void {
  let [size] = properties.filter(({ type }) => type === 'ispe').map(({ body }) => readSize(body));
  let cropped = false;
  // A decoder applies transformations in the order of the properties.
  for (const { type, body } of properties) {
    if (type === 'irot' && size !== undefined && isQuarterTurn(body)) {
      size = { width: size.height, height: size.width };
    } else if (type === 'clap') {
      if (cropped || size === undefined || !isInside(body, size)) {
        throw new UnreadableImageError();
      }
      cropped = true;
    }
  }
}

/** Reads an `ispe` property. Throws UnreadableImageError if an edge is too long. */
function readSize(ispe: Buffer): Size {
  const reader = new ByteReader(ispe.subarray(4));
  const [width, height] = [reader.uint(4), reader.uint(4)];
  if (width > MAX_EDGE || height > MAX_EDGE) {
    throw new UnreadableImageError();
  }
  return { width, height };
}

/** Returns whether an `irot` property swaps width and height. Its value counts rotations by 90 degrees. */
function isQuarterTurn(irot: Buffer): boolean {
  return new ByteReader(irot).uint(1) % 2 === 1;
}

/**
 * Returns whether the crop of a `clap` property is inside a picture (ISO/IEC 14496-12, 12.1.4). The property has four
 * fractions: width and height of the crop, and the offsets of its center from the picture's center, right and down.
 */
function isInside(clap: Buffer, { width, height }: Size): boolean {
  const reader = new ByteReader(clap);
  const [cropWidth, cropHeight] = [readFraction(reader), readFraction(reader)];
  const [right, down] = [readFraction(reader), readFraction(reader)];
  return isSpanInside(cropWidth, right, width) && isSpanInside(cropHeight, down, height);
}

interface Fraction {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** Reads a signed numerator and an unsigned denominator. The numerator is signed because an offset can be negative. */
function readFraction(reader: ByteReader): Fraction {
  return {
    numerator: BigInt.asIntN(32, BigInt(reader.uint(4))),
    denominator: BigInt(reader.uint(4)),
  };
}

/**
 * Returns whether a span is not empty and lies within an edge. Uses exact arithmetic.
 * @param offset distance of the span's center from the edge's center.
 */
function isSpanInside(span: Fraction, offset: Fraction, edge: number): boolean {
  if (span.denominator === 0n || offset.denominator === 0n || span.numerator <= 0n) {
    return false;
  }
  // |offset| <= (edge - span) / 2, multiplied by both denominators and by 2.
  const distance = offset.numerator < 0n ? -offset.numerator : offset.numerator;
  const room = BigInt(edge) * span.denominator - span.numerator;
  return 2n * distance * span.denominator <= room * offset.denominator;
}
