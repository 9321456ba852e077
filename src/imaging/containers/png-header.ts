/** Properties of a PNG that decide how long a decoder works. */
export interface PngHeader {
  readonly bitDepth: number;
  readonly channels: number;
  readonly interlaced: boolean;
  /** Number of chunks that a decoder inflates beside the pixels. */
  readonly compressedTexts: number;
}

const SIGNATURE_BYTES = 8;
/** Bytes of a chunk's length, type and checksum. */
const CHUNK_OVERHEAD_BYTES = 12;
/** Offsets of bit depth, colour type and interlace method from the start of the file. */
const BIT_DEPTH_AT = 24;
const COLOUR_TYPE_AT = 25;
const INTERLACE_AT = 28;
/** Number of channels by colour type. The decoder expands a palette to three. */
const CHANNELS: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 3, 4: 2, 6: 4 };
const COMPRESSED_TEXTS = new Set(['zTXt', 'iTXt']);

/** Reads a PNG's header and its chunks up to the pixels. Never throws; reads a damaged file as far as possible. */
export function readPngHeader(png: Buffer): PngHeader {
  let compressedTexts = 0;
  let at = SIGNATURE_BYTES;
  while (at + CHUNK_OVERHEAD_BYTES <= png.length) {
    const type = png.toString('latin1', at + 4, at + 8);
    if (type === 'IDAT') {
      break;
    }
    compressedTexts += COMPRESSED_TEXTS.has(type) ? 1 : 0;
    at += CHUNK_OVERHEAD_BYTES + png.readUInt32BE(at);
  }
  return {
    bitDepth: png[BIT_DEPTH_AT] ?? 8,
    channels: CHANNELS[png[COLOUR_TYPE_AT] ?? 2] ?? 4,
    interlaced: png[INTERLACE_AT] === 1,
    compressedTexts,
  };
}
