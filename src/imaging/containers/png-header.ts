/** Properties of a PNG that determine whether it is decoded, and how long that takes. */
export interface PngHeader {
  /** Width and height in pixels, before any EXIF rotation. Both are 0 if the file does not begin with a header. */
  readonly width: number;
  readonly height: number;
  readonly bitDepth: number;
  /** Color type: PNG specification, table 11.1. */
  readonly colorType: number;
  /** Number of channels after decoding. */
  readonly channels: number;
  readonly interlaced: boolean;
}

/** Offset of the first chunk's type from the start of the file. Width and height follow. */
const TYPE_OFFSET = 12;
const WIDTH_OFFSET = 16;
const HEIGHT_OFFSET = 20;
/** Offsets of bit depth, color type and interlace method from the start of the file. */
const BIT_DEPTH_OFFSET = 24;
const COLOR_TYPE_OFFSET = 25;
const INTERLACE_OFFSET = 28;
/** Number of channels by color type. The decoder expands a palette to three channels. */
const CHANNELS: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 3, 4: 2, 6: 4 };

/** Reads a PNG's header. Never throws. Reads a damaged file as far as possible. */
export function readPngHeader(png: Buffer): PngHeader {
  const hasSize =
    png.toString('latin1', TYPE_OFFSET, WIDTH_OFFSET) === 'IHDR' && png.length >= BIT_DEPTH_OFFSET;
  const colorType = png[COLOR_TYPE_OFFSET] ?? 2;
  return {
    width: hasSize ? png.readUInt32BE(WIDTH_OFFSET) : 0,
    height: hasSize ? png.readUInt32BE(HEIGHT_OFFSET) : 0,
    bitDepth: png[BIT_DEPTH_OFFSET] ?? 8,
    colorType,
    channels: CHANNELS[colorType] ?? 4,
    interlaced: png[INTERLACE_OFFSET] === 1,
  };
}
