import type { CodePoints } from '../color/color-space.ts';
import { ByteReader } from './byte-reader.ts';

/** Bytes before the number of tags (ICC.1:2022, 7.2). */
const HEADER_BYTES = 128;
const TAG_ENTRY_BYTES = 12;
/** Offset of the color space of the pixels (ICC.1:2022, 7.2.6). */
const COLOR_SPACE_OFFSET = 16;
/** Offset and length of the code points in the tag `cicp`, after its type and four reserved bytes. */
const CODE_POINTS_OFFSET = 8;
const CODE_POINTS_BYTES = 4;

/**
 * Returns the code points in a profile's tag `cicp` (ICC.1:2022, 9.2.17), or undefined. They describe HDR, which the
 * curves of a profile cannot express. Little CMS ignores them.
 * @param profile a profile for which `isApplicableProfile` returns true.
 */
export function readIccCodePoints(profile: Buffer): CodePoints | undefined {
  if (profile.toString('latin1', COLOR_SPACE_OFFSET, COLOR_SPACE_OFFSET + 4) !== 'RGB ') {
    return undefined;
  }
  const reader = new ByteReader(profile.subarray(HEADER_BYTES));
  for (let tags = reader.uint(4); tags > 0; tags -= 1) {
    const tag = new ByteReader(reader.bytes(TAG_ENTRY_BYTES));
    if (tag.code() === 'cicp') {
      const start = tag.uint(4) + CODE_POINTS_OFFSET;
      const [primaries, transfer, matrix] = profile.subarray(start, start + CODE_POINTS_BYTES);
      const isRgb = primaries !== undefined && transfer !== undefined && matrix === 0;
      return isRgb ? { primaries, transfer } : undefined;
    }
  }
  return undefined;
}
