// Markers of ITU-T T.81, table B.1.
export const SOF0 = 0xc0;
export const SOF1 = 0xc1;
export const SOF2 = 0xc2;
export const DHT = 0xc4;
export const RST0 = 0xd0;
export const EOI = 0xd9;
export const SOS = 0xda;
export const DRI = 0xdd;
const TEM = 0x01;
/** First byte of a marker. It can be repeated, and a zero after it makes it a byte of the pixel data. */
export const PREFIX = 0xff;
/** Bytes of the start marker. */
export const SOI_BYTES = 2;
const LENGTH_BYTES = 2;

/** A marker of a JPEG and its segment. */
export interface JpegSegment {
  readonly marker: number;
  /** Content without the length. Empty if the marker has no segment. */
  readonly body: Buffer;
  /** Offset of the first byte after the segment. */
  readonly end: number;
}

/** Returns the offset of the byte after the next marker's prefix, or undefined. Skips bytes outside of markers. */
export function findMarker(jpeg: Buffer, from: number): number | undefined {
  // Usually, there is nothing to skip, and a search would take longer than this check.
  let offset = jpeg[from] === PREFIX ? from : jpeg.indexOf(PREFIX, from);
  // Each iteration advances to the next prefix.
  for (; offset !== -1; offset = jpeg.indexOf(PREFIX, offset + 1)) {
    const marker = jpeg[offset + 1];
    if (marker !== undefined && marker !== 0 && marker !== PREFIX) {
      return offset + 1;
    }
  }
  return undefined;
}

/**
 * Returns the next segment at or after an offset, or undefined at the end of the file. Like libjpeg, skips bytes
 * between segments, repeated prefixes, and the pixel data after a scan's header.
 */
export function nextSegment(jpeg: Buffer, from: number): JpegSegment | undefined {
  const offset = findMarker(jpeg, from);
  const marker = offset === undefined ? undefined : jpeg[offset];
  if (offset === undefined || marker === undefined) {
    return undefined;
  }
  const start = offset + 1;
  if (marker === TEM || (marker >= RST0 && marker <= EOI)) {
    return { marker, body: jpeg.subarray(start, start), end: start };
  }
  if (start + LENGTH_BYTES > jpeg.length) {
    return undefined;
  }
  const end = start + jpeg.readUInt16BE(start);
  return end > jpeg.length ? undefined : { marker, body: jpeg.subarray(start + LENGTH_BYTES, end), end };
}
