import { UnreadableImageError } from '../errors.ts';
import { readAvifItems } from './avif-items.ts';
import { ByteReader } from './byte-reader.ts';
import type { Box } from './iso-boxes.ts';

/**
 * Maximum width and height of an item in pixels: 256 tiles (ISO/IEC 23008-12, 6.6.2.3) of 65,536 pixels each (AV1
 * specification, 5.5.1). libvips cannot hold more than 100,000,000, and prints errors instead of failing.
 */
const MAX_EDGE = 256 * 65_536;

/** Width and height in pixels. */
interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * Throws UnreadableImageError if an item of an AVIF is larger than AV1 allows, or if its `clap` is not inside of it. Reads
 * properties only. libvips computes a picture's size from them when it reads the header.
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

/** Returns whether an `irot` property swaps width and height. Its number counts turns of 90 degrees. */
function isQuarterTurn(irot: Buffer): boolean {
  return new ByteReader(irot).uint(1) % 2 === 1;
}

/**
 * Returns whether a `clap` property keeps a part of a picture (ISO/IEC 14496-12, 12.1.4). It holds four fractions: width and
 * height of the part, and how far the part's centre is to the right of the picture's centre, and below it.
 */
function isInside(clap: Buffer, { width, height }: Size): boolean {
  const reader = new ByteReader(clap);
  const [keptWidth, keptHeight] = [readFraction(reader), readFraction(reader)];
  const [right, down] = [readFraction(reader), readFraction(reader)];
  return isSpanInside(keptWidth, right, width) && isSpanInside(keptHeight, down, height);
}

interface Fraction {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** Reads a fraction: a signed numerator, because a distance can be negative, and an unsigned denominator. */
function readFraction(reader: ByteReader): Fraction {
  return {
    numerator: BigInt.asIntN(32, BigInt(reader.uint(4))),
    denominator: BigInt(reader.uint(4)),
  };
}

/** Returns whether a span around a point is not empty and inside of an edge. Computes exactly. `offset` counts from the middle. */
function isSpanInside(span: Fraction, offset: Fraction, edge: number): boolean {
  if (span.denominator === 0n || offset.denominator === 0n || span.numerator <= 0n) {
    return false;
  }
  // |offset| <= (edge - span) / 2, without the denominators.
  const distance = offset.numerator < 0n ? -offset.numerator : offset.numerator;
  const room = BigInt(edge) * span.denominator - span.numerator;
  return 2n * distance * span.denominator <= room * offset.denominator;
}
