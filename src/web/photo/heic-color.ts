import { readPrimaryProperties } from './upright/avif-properties.ts';
import type { Box } from './upright/boxes.ts';
import { readText } from './upright/read-text.ts';

/** Length of the type at the start of a `colr` property (ISO/IEC 14496-12, 12.1.5). */
const TYPE_BYTES = 4;
/** Primaries of Display P3 (ISO/IEC 23091-2, 8.1). */
const P3_PRIMARIES = 12;
/** Layout of a color profile (ICC.1:2022, 7.3 and 10.31). */
const ICC = { headerBytes: 128, tagBytes: 12, fixedPoint: 65_536, xyzOffset: 8 } as const;
/** X of the red and green primaries of Display P3 in a profile. Those of sRGB are 0.436 and 0.385. */
const P3_COLORANTS = { rXYZ: 0.515, gXYZ: 0.292 };
/** Maximum difference of the same primaries in two profiles. */
const TOLERANCE = 0.01;
/** Maximum number of tags to search. Profiles of cameras have about ten. */
const MAX_TAGS = 100;

/** Returns whether a HEIC declares the colors of Display P3, as photos of iPhones do. */
export function isDisplayP3(file: DataView): boolean {
  try {
    const colors = readPrimaryProperties(file).filter(({ type }) => type === 'colr');
    const profile = colors.find((box) => ['prof', 'rICC'].includes(readText(file, box.start, TYPE_BYTES)));
    // A profile takes precedence over code points.
    return profile ? isProfileOfP3(file, profile) : colors.some((box) => hasP3Primaries(file, box));
  } catch (error) {
    if (error instanceof RangeError) {
      return false;
    }
    throw error;
  }
}

function hasP3Primaries(file: DataView, { start }: Box): boolean {
  return readText(file, start, TYPE_BYTES) === 'nclx' && file.getUint16(start + TYPE_BYTES) === P3_PRIMARIES;
}

function isProfileOfP3(file: DataView, { start }: Box): boolean {
  const profile = start + TYPE_BYTES;
  return Object.entries(P3_COLORANTS).every(([tag, expected]) => {
    const x = readColorant(file, profile, tag);
    return x !== undefined && Math.abs(x - expected) < TOLERANCE;
  });
}

/** Reads the X of a primary from a color profile. */
function readColorant(file: DataView, profile: number, tag: string): number | undefined {
  const tags = profile + ICC.headerBytes;
  const count = Math.min(file.getUint32(tags), MAX_TAGS);
  for (let index = 0; index < count; index += 1) {
    const entry = tags + 4 + index * ICC.tagBytes;
    if (readText(file, entry, 4) === tag) {
      return file.getInt32(profile + file.getUint32(entry + 4) + ICC.xyzOffset) / ICC.fixedPoint;
    }
  }
  return undefined;
}
