import { type Orientation, readExifOrientation } from './exif-orientation.ts';
import { readText } from './read-text.ts';

// Layout of https://developers.google.com/speed/webp/docs/riff_container.

const RIFF_HEADER_BYTES = 12;
const CHUNK_HEADER_BYTES = 8;
const EXIF_FLAG = 0x08;
/** Some programs write the header of JPEG's EXIF segment before the EXIF data. */
const JPEG_PREFIX = 'Exif\0\0';

/** Returns the EXIF orientation of a WebP. Returns 1 for any other file. Throws RangeError if the file is truncated. */
export function readWebpOrientation(file: DataView): Orientation {
  if (readText(file, 0, 4) !== 'RIFF' || readText(file, 8, 8) !== 'WEBPVP8X') {
    return 1;
  }
  const hasExif = (file.getUint8(RIFF_HEADER_BYTES + CHUNK_HEADER_BYTES) & EXIF_FLAG) !== 0;
  const end = hasExif ? Math.min(CHUNK_HEADER_BYTES + file.getUint32(4, true), file.byteLength) : 0;
  // Each iteration advances by at least the header of a chunk.
  for (let offset = RIFF_HEADER_BYTES; offset + CHUNK_HEADER_BYTES <= end; ) {
    const length = file.getUint32(offset + 4, true);
    const start = offset + CHUNK_HEADER_BYTES;
    if (readText(file, offset, 4) === 'EXIF') {
      const skipped = readText(file, start, JPEG_PREFIX.length) === JPEG_PREFIX ? JPEG_PREFIX.length : 0;
      return readExifOrientation(
        new DataView(file.buffer, file.byteOffset + start + skipped, length - skipped),
      );
    }
    // A chunk of odd length is followed by a padding byte that its length does not include.
    offset = start + length + (length % 2);
  }
  return 1;
}
