/** Properties of a PNG that decide how long a decoder works. */
export interface PngHeader {
  readonly bitDepth: number;
  readonly channels: number;
  readonly interlaced: boolean;
}

/** Offsets of bit depth, colour type and interlace method from the start of the file. */
const BIT_DEPTH_AT = 24;
const COLOUR_TYPE_AT = 25;
const INTERLACE_AT = 28;
/** Number of channels by colour type. The decoder expands a palette to three. */
const CHANNELS: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 3, 4: 2, 6: 4 };

/** Reads a PNG's header. Never throws; reads a damaged file as far as possible. */
export function readPngHeader(png: Buffer): PngHeader {
  return {
    bitDepth: png[BIT_DEPTH_AT] ?? 8,
    channels: CHANNELS[png[COLOUR_TYPE_AT] ?? 2] ?? 4,
    interlaced: png[INTERLACE_AT] === 1,
  };
}
