/** Properties of a JPEG that decide how long a decoder works. */
export interface JpegScans {
  /** Number of scans. For each one, the decoder visits the whole picture or a component of it. */
  readonly count: number;
  /** True if a frame header announces arithmetic coding. */
  readonly arithmetic: boolean;
}

// Markers of ITU-T T.81, table B.1.
const SOF0 = 0xc0;
/** The first of the frame headers for arithmetic coding (SOF9 to SOF15). */
const SOF9 = 0xc9;
const DAC = 0xcc;
const SOF15 = 0xcf;
const RST0 = 0xd0;
const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;
/** Can be repeated before a marker. */
const FILL = 0xff;

/**
 * Counts a JPEG's scans up to its end marker. Never throws. Takes time in proportion to the file.
 * Treats damaged files as libjpeg does: it skips bytes between segments until the next marker, and a marker below SOF0 has
 * no length.
 */
export function readJpegScans(jpeg: Buffer): JpegScans {
  let count = 0;
  let arithmetic = false;
  for (let at = jpeg.indexOf(0xff); at !== -1; at = jpeg.indexOf(0xff, endOfMarker(jpeg, at))) {
    const marker = jpeg[at + 1] ?? EOI;
    if (marker === EOI) {
      break;
    }
    count += marker === SOS ? 1 : 0;
    arithmetic ||= marker >= SOF9 && marker <= SOF15 && marker !== DAC;
  }
  return { count, arithmetic };
}

/** Returns the offset from which to search for the next marker: after this one and its segment. */
function endOfMarker(jpeg: Buffer, at: number): number {
  const marker = jpeg[at + 1] ?? 0;
  if (marker === FILL) {
    return at + 1;
  }
  // A zero after 0xff belongs to the data of the pixels.
  const hasLength = marker >= SOF0 && !(marker >= RST0 && marker <= SOI);
  return hasLength && at + 4 <= jpeg.length ? at + 2 + jpeg.readUInt16BE(at + 2) : at + 2;
}
