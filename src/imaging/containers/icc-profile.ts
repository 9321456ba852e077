import { ByteReader } from './byte-reader.ts';

/** Maximum bytes of a profile. Printer profiles take up to 3 MB. Reading a profile of 4.4 MB takes 30 ms. */
const MAX_PROFILE_BYTES = 4_000_000;
/** Maximum tags of a profile. Little CMS reads no more. Common profiles have one or two dozen. */
const MAX_TAGS = 100;
/** Bytes before the number of tags (ICC.1:2022, 7.2). */
const HEADER_BYTES = 128;
/** Bytes of a tag's name, offset and length in the table (ICC.1:2022, 7.3). */
const TAG_ENTRY_BYTES = 12;
/**
 * Tags of floating-point transforms, such as `D2B0`. They may have thousands of steps. Profiles of cameras and
 * displays have no such tags.
 */
const FLOAT_TRANSFORM = /^(D2B|B2D)/;
/** Type of a tag that can have any number of steps (ICC.1:2022, 10.16). */
const STEPS_TYPE = 'mpet';

/**
 * Returns whether a decoder may apply a color profile. Returns false if the profile is too large, may have any number
 * of steps per pixel, or has a damaged tag table. Reads only the tag table and the types of the tags.
 */
export function isApplicableProfile(profile: Buffer): boolean {
  if (profile.length < HEADER_BYTES + 4 || profile.length > MAX_PROFILE_BYTES) {
    return false;
  }
  const reader = new ByteReader(profile.subarray(HEADER_BYTES));
  const count = reader.uint(4);
  if (count > MAX_TAGS || count * TAG_ENTRY_BYTES > reader.left) {
    return false;
  }
  const tags = Array.from({ length: count }, () => new ByteReader(reader.bytes(TAG_ENTRY_BYTES)));
  return tags.every((tag) => {
    const name = tag.code();
    const offset = tag.uint(4);
    return !FLOAT_TRANSFORM.test(name) && profile.toString('latin1', offset, offset + 4) !== STEPS_TYPE;
  });
}
