import type { CodePoints } from '../color/color-space.ts';
import { readSequenceSize, readUnit, SEQUENCE_HEADER } from './av1-frames.ts';
import { BitReader } from './bit-reader.ts';
import { ByteReader } from './byte-reader.ts';

/** Maximum units before a sequence header. Encoders write at most a temporal delimiter and metadata. */
const MAX_UNITS = 16;
/** Value that leaves the choice of screen content tools to each frame (SELECT_SCREEN_CONTENT_TOOLS). */
const SELECT_TOOLS = 2;

/**
 * Returns the code points in the first sequence header, or undefined if it has none (AV1 specification, 5.5.1).
 * Throws UnreadableImageError if a unit is truncated.
 * @param parts units of the picture's configuration, then units of the picture itself.
 */
export function readSequenceCodePoints(parts: readonly Buffer[]): CodePoints | undefined {
  for (const part of parts) {
    const reader = new ByteReader(part);
    for (let units = 0; reader.left > 0 && units < MAX_UNITS; units += 1) {
      const { type, payload } = readUnit(reader);
      if (type === SEQUENCE_HEADER) {
        return readColorDescription(payload);
      }
    }
  }
  return undefined;
}

function readColorDescription(header: Buffer): CodePoints | undefined {
  const first = header[0] ?? 0;
  const profile = first >> 5;
  const isReduced = (first & 8) !== 0;
  const bits = new BitReader(header);
  readSequenceSize(bits);
  if (!isReduced && bits.flag()) {
    bits.skip(4 + 3);
  }
  bits.skip(3);
  if (!isReduced) {
    skipTools(bits);
  }
  bits.skip(3);
  // The rest is the structure `color_config`: AV1 specification, 5.5.2.
  const isDeep = bits.flag();
  if (profile === 2 && isDeep) {
    bits.skip(1);
  }
  // Profile 1 has no monochrome pictures.
  bits.skip(profile === 1 ? 0 : 1);
  return bits.flag() ? { primaries: bits.uint(8), transfer: bits.uint(8) } : undefined;
}

/** Skips the fields from `enable_interintra_compound` to `order_hint_bits_minus_1`. */
function skipTools(bits: BitReader): void {
  bits.skip(4);
  const hasOrderHint = bits.flag();
  bits.skip(hasOrderHint ? 2 : 0);
  const screenContentTools = bits.flag() ? SELECT_TOOLS : bits.uint(1);
  if (screenContentTools > 0 && !bits.flag()) {
    bits.skip(1);
  }
  bits.skip(hasOrderHint ? 3 : 0);
}
