import type { CodePoints } from '../color/color-space.ts';
import type { Chromaticity, Primaries } from '../color/primaries.ts';
import { ByteReader } from './byte-reader.ts';

/** Colors that a PNG declares without an ICC profile (PNG specification, third edition, 11.3.2). */
export interface PngColor {
  /** Content of `cICP`. */
  readonly codePoints?: CodePoints;
  readonly hasSrgb: boolean;
  /** Content of `gAMA`: exponent that encodes linear light, such as 1/2.2. Never 0. */
  readonly gamma?: number;
  /** Content of `cHRM`. */
  readonly primaries?: Primaries;
}

/** Bytes before the first chunk. */
const SIGNATURE_BYTES = 8;
/** Bytes of a chunk's length, type and checksum. */
const CHUNK_OVERHEAD_BYTES = 12;
/** Length of each chunk's content in bytes. */
const LENGTHS: Readonly<Record<string, number>> = { cICP: 4, sRGB: 1, gAMA: 4, cHRM: 32 };
/** `gAMA` and `cHRM` contain multiples of 1 / 100000. */
const UNIT = 1e-5;

/**
 * Reads the chunks before a PNG's pixels. Uses the first chunk of each type and ignores chunks of a wrong length.
 * Never throws. Takes time in proportion to the file's size.
 */
export function readPngColor(png: Buffer): PngColor {
  const chunks = new Map<string, Buffer>();
  for (let offset = SIGNATURE_BYTES; offset + CHUNK_OVERHEAD_BYTES <= png.length; ) {
    const length = png.readUInt32BE(offset);
    const type = png.toString('latin1', offset + 4, offset + 8);
    const end = offset + CHUNK_OVERHEAD_BYTES + length;
    if (type === 'IDAT' || end > png.length) {
      break;
    }
    if (LENGTHS[type] === length && !chunks.has(type)) {
      chunks.set(type, png.subarray(offset + 8, offset + 8 + length));
    }
    offset = end;
  }
  const [cicp, gamma, primaries] = [chunks.get('cICP'), chunks.get('gAMA'), chunks.get('cHRM')];
  const isPositive = gamma !== undefined && gamma.readUInt32BE(0) > 0;
  return {
    hasSrgb: chunks.has('sRGB'),
    ...(cicp && readCodePoints(cicp)),
    ...(isPositive && { gamma: gamma.readUInt32BE(0) * UNIT }),
    ...(primaries && { primaries: readPrimaries(primaries) }),
  };
}

/**
 * Reads `cICP`. Ignores it if its matrix is not 0, the only one that the specification allows. Like Chromium, treats a
 * limited range as a full range.
 */
function readCodePoints([primaries = 0, transfer = 0, matrix]: Buffer): Pick<PngColor, 'codePoints'> {
  return matrix === 0 ? { codePoints: { primaries, transfer } } : {};
}

function readPrimaries(chrm: Buffer): Primaries {
  const reader = new ByteReader(chrm);
  const next = (): Chromaticity => [reader.uint(4) * UNIT, reader.uint(4) * UNIT];
  return { white: next(), red: next(), green: next(), blue: next() };
}
