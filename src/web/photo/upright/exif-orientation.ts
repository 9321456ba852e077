/** EXIF orientations (EXIF 3.0, 4.6.5.1.6): 1 is upright, 2 to 4 keep width and height, 5 to 8 swap them. */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

const LITTLE_ENDIAN = 0x4949;
const ENTRY_BYTES = 12;
const ORIENTATION_TAG = 0x0112;
const SHORT_TYPE = 3;

/** Reads the orientation from EXIF data, which have the layout of a TIFF. Throws RangeError if they are truncated. */
export function readExifOrientation(tiff: DataView): Orientation {
  const littleEndian = tiff.getUint16(0) === LITTLE_ENDIAN;
  const directory = tiff.getUint32(4, littleEndian);
  const entries = tiff.getUint16(directory, littleEndian);
  for (let index = 0; index < entries; index += 1) {
    const entry = directory + 2 + index * ENTRY_BYTES;
    if (tiff.getUint16(entry, littleEndian) === ORIENTATION_TAG) {
      const isShort = tiff.getUint16(entry + 2, littleEndian) === SHORT_TYPE;
      const value = isShort
        ? tiff.getUint16(entry + 8, littleEndian)
        : tiff.getUint32(entry + 8, littleEndian);
      return isOrientation(value) ? value : 1;
    }
  }
  return 1;
}

function isOrientation(value: number): value is Orientation {
  return value >= 1 && value <= 8;
}
