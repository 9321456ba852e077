/** The parts of a PNG's chunks that decide how long a decoder works. */
export interface PngHeader {
  readonly bitDepth: number;
  readonly channels: number;
  readonly interlaced: boolean;
  /** Chunks that a decoder inflates beside the pixels. */
  readonly compressedTexts: number;
}

const SIGNATURE_BYTES = 8;
/** Length, type and checksum. */
const CHUNK_OVERHEAD_BYTES = 12;
/** Of bit depth, colour type and interlace method, from the start of the file. */
const BIT_DEPTH_AT = 24;
const COLOUR_TYPE_AT = 25;
const INTERLACE_AT = 28;
/** By colour type; a palette unfolds to three. */
const CHANNELS: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 3, 4: 2, 6: 4 };
const COMPRESSED_TEXTS = new Set(['zTXt', 'iTXt']);

/** Reads a PNG's header and walks its chunks up to the pixels. Never throws; damaged files give what was found. */
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
