/** Properties of a PNG that decide whether and how long a decoder works. */
export interface PngHeader {
  /** Width and height in pixels, before EXIF turns the picture. 0 if the file does not begin with a header. */
  readonly width: number;
  readonly height: number;
  readonly bitDepth: number;
  readonly channels: number;
  readonly interlaced: boolean;
}

/** Offset of the type of the first chunk from the start of the file. Width and height follow. */
const TYPE_AT = 12;
const WIDTH_AT = 16;
const HEIGHT_AT = 20;
/** Offsets of bit depth, colour type and interlace method from the start of the file. */
const BIT_DEPTH_AT = 24;
const COLOUR_TYPE_AT = 25;
const INTERLACE_AT = 28;
/** Number of channels by colour type. The decoder expands a palette to three. */
const CHANNELS: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 3, 4: 2, 6: 4 };

/** Reads a PNG's header. Never throws; reads a damaged file as far as possible. */
export function readPngHeader(png: Buffer): PngHeader {
  const hasSize = png.toString('latin1', TYPE_AT, WIDTH_AT) === 'IHDR' && png.length >= BIT_DEPTH_AT;
  return {
    width: hasSize ? png.readUInt32BE(WIDTH_AT) : 0,
    height: hasSize ? png.readUInt32BE(HEIGHT_AT) : 0,
    bitDepth: png[BIT_DEPTH_AT] ?? 8,
    channels: CHANNELS[png[COLOUR_TYPE_AT] ?? 2] ?? 4,
    interlaced: png[INTERLACE_AT] === 1,
  };
}
