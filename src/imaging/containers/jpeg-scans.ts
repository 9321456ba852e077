/** Properties of a JPEG that determine how long decoding takes. */
export interface JpegScans {
  /** Number of scans. In each scan, the decoder processes the whole picture or some of its components. */
  readonly count: number;
  /** True if a frame header announces arithmetic coding. */
  readonly arithmetic: boolean;
}

// Markers of ITU-T T.81, table B.1.
const SOF0 = 0xc0;
/** First of the frame headers for arithmetic coding (SOF9 to SOF15). */
const SOF9 = 0xc9;
const DAC = 0xcc;
const SOF15 = 0xcf;
const RST0 = 0xd0;
const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;
/** Fill byte, which can be repeated before a marker. */
const FILL = 0xff;

/**
 * Counts the scans of a JPEG up to its end marker. Never throws. Takes time in proportion to the file's size. Treats
 * damaged files as libjpeg does: skips bytes between segments until the next marker, and expects no length after a
 * marker below SOF0.
 */
export function readJpegScans(jpeg: Buffer): JpegScans {
  let count = 0;
  let arithmetic = false;
  for (
    let offset = jpeg.indexOf(0xff);
    offset !== -1;
    offset = jpeg.indexOf(0xff, endOfMarker(jpeg, offset))
  ) {
    const marker = jpeg[offset + 1] ?? EOI;
    if (marker === EOI) {
      break;
    }
    count += marker === SOS ? 1 : 0;
    arithmetic ||= marker >= SOF9 && marker <= SOF15 && marker !== DAC;
  }
  return { count, arithmetic };
}

/** Returns the offset after a marker and its segment, from which to search for the next marker. */
function endOfMarker(jpeg: Buffer, offset: number): number {
  const marker = jpeg[offset + 1] ?? 0;
  if (marker === FILL) {
    return offset + 1;
  }
  // A zero after 0xff is not a marker but belongs to the entropy-coded data.
  const hasLength = marker >= SOF0 && !(marker >= RST0 && marker <= SOI);
  const end = offset + 2;
  return hasLength && end + 2 <= jpeg.length ? end + jpeg.readUInt16BE(end) : end;
}
