import { constants, crc32, deflateRawSync } from 'node:zlib';

const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex');
/** Number of channels by PNG's color type. */
const CHANNELS = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 } as const;

export interface PngOptions {
  readonly width: number;
  readonly height: number;
  readonly bitDepth?: 1 | 8 | 16;
  readonly colourType?: keyof typeof CHANNELS;
  readonly interlaced?: boolean;
  /** Chunks between the header and the pixels. */
  readonly chunks?: readonly Buffer[];
  /** Content of IDAT. Default: as many deflated bytes as the picture needs. */
  readonly pixels?: Buffer;
  /** True if the default pixels are not black and, with an alpha channel, not fully transparent. */
  readonly visible?: boolean;
}

/**
 * Returns a complete PNG. By default, its pixels are zeros, which decompress to a thousand times its size. Ones are a
 * valid picture too: in each row, the first byte chooses the filter `Sub`, so the values rise by one with each pixel.
 */
export function makePng(options: PngOptions): Buffer {
  const {
    width,
    height,
    bitDepth = 8,
    colourType = 2,
    interlaced = false,
    chunks = [],
    visible = false,
  } = options;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([bitDepth, colourType, 0, 0, interlaced ? 1 : 0], 8);
  const rowBytes = 1 + Math.ceil((width * bitDepth * CHANNELS[colourType]) / 8);
  // The seven passes have more rows, each with a filter byte and a padding byte.
  const bytes = rowBytes * height + (interlaced ? 8 * height : 0);
  return Buffer.concat([
    SIGNATURE,
    pngChunk('IHDR', header),
    ...chunks,
    pngChunk('IDAT', options.pixels ?? deflatedBytes(visible ? 1 : 0, bytes)),
    pngChunk('IEND'),
  ]);
}

export function pngChunk(type: string, data: Uint8Array = Buffer.alloc(0)): Buffer {
  const chunk = Buffer.alloc(data.length + 12);
  chunk.writeUInt32BE(data.length, 0);
  chunk.write(type, 4, 'latin1');
  chunk.set(data, 8);
  chunk.writeUInt32BE(crc32(chunk.subarray(4, -4)), data.length + 8);
  return chunk;
}

/** Inserts chunks right before the first IDAT. */
export function insertPngChunks(png: Buffer, ...chunks: readonly Buffer[]): Buffer {
  const at = png.indexOf('IDAT', 0, 'latin1') - 4;
  return Buffer.concat([png.subarray(0, at), ...chunks, png.subarray(at)]);
}

export interface PngAnimationFrame {
  /** A PNG of the frame with the canvas's color type and number of bits. */
  readonly png: Buffer;
  readonly left?: number;
  readonly top?: number;
  readonly dispose?: 0 | 1 | 2;
  readonly blend?: 0 | 1;
}

/**
 * Returns an animated PNG. Its static image is `canvas`, which is also the first frame unless `isFrame` is false. Each
 * further frame has two `fdAT` chunks.
 */
export function animatedPng(canvas: Buffer, frames: readonly PngAnimationFrame[], isFrame = true): Buffer {
  let sequence = 0;
  const numbered = (type: string, ...data: readonly Buffer[]) => {
    const number = Buffer.alloc(4);
    number.writeUInt32BE(sequence);
    sequence += 1;
    return pngChunk(type, Buffer.concat([number, ...data]));
  };
  const control = ({ png, left = 0, top = 0, dispose = 0, blend = 0 }: PngAnimationFrame) => {
    const place = Buffer.alloc(8);
    place.writeUInt32BE(left, 0);
    place.writeUInt32BE(top, 4);
    // Each frame is shown for a second.
    return numbered('fcTL', sizeOf(png), place, Buffer.from([0, 1, 0, 1, dispose, blend]));
  };
  const count = Buffer.alloc(8);
  count.writeUInt32BE(frames.length + (isFrame ? 1 : 0));
  const start = pngChunk('acTL', count);
  const first = isFrame ? [control({ png: canvas })] : [];
  const end = canvas.length - pngChunk('IEND').length;
  const others = frames.flatMap((frame) => {
    const data = pixelsOf(frame.png);
    const half = data.length >> 1;
    return [control(frame), numbered('fdAT', data.subarray(0, half)), numbered('fdAT', data.subarray(half))];
  });
  const animated = insertPngChunks(canvas.subarray(0, end), start, ...first);
  return Buffer.concat([animated, ...others, canvas.subarray(end)]);
}

/** Returns the width and height in the header. */
function sizeOf(png: Buffer): Buffer {
  return png.subarray(16, 24);
}

/** Returns the content of all IDAT chunks. */
function pixelsOf(png: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = SIGNATURE.length; at < png.length; at += 12 + png.readUInt32BE(at)) {
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT') {
      parts.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)));
    }
  }
  return Buffer.concat(parts);
}

/** Returns EXIF data with an orientation. */
export function orientationExif(orientation: number): Buffer {
  const exif = Buffer.from('4d4d002a00000008000101120003000000010000000000000000', 'hex');
  exif.writeUInt16BE(orientation, 18);
  return exif;
}

/** Returns a chunk with an EXIF orientation, as phone cameras write it. */
export function orientationChunk(orientation: number): Buffer {
  return pngChunk('eXIf', orientationExif(orientation));
}

/** Returns a chunk with the code points of a color space: ITU-T H.273. */
export function cicpChunk(primaries: number, transfer: number, matrix = 0): Buffer {
  return pngChunk('cICP', Buffer.from([primaries, transfer, matrix, 1]));
}

export const DISPLAY_P3_CHUNK = cicpChunk(12, 13);

/** Returns a chunk with the exponent that encodes linear light. */
export function gammaChunk(exponent: number): Buffer {
  return pngChunk('gAMA', hundredThousandths(exponent));
}

/** Returns a chunk with the chromaticities x and y of white, red, green and blue. */
export function primariesChunk(...chromaticities: readonly (readonly [number, number])[]): Buffer {
  return pngChunk('cHRM', hundredThousandths(...chromaticities.flat()));
}

function hundredThousandths(...numbers: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * numbers.length);
  for (const [index, number] of numbers.entries()) {
    bytes.writeUInt32BE(Math.round(number * 100_000), 4 * index);
  }
  return bytes;
}

const BLOCK_BYTES = 1024 ** 2;

/** Returns zeros, compressed by zlib. Compresses one block and repeats it, which is fast even for a gigabyte. */
export function deflatedZeros(bytes: number): Buffer {
  return deflatedBytes(0, bytes);
}

function deflatedBytes(value: 0 | 1, count: number): Buffer {
  const block = deflateRawSync(Buffer.alloc(BLOCK_BYTES, value), { finishFlush: constants.Z_FULL_FLUSH });
  return Buffer.concat([
    Buffer.from('789c', 'hex'),
    ...Array.from({ length: Math.floor(count / BLOCK_BYTES) }, () => block),
    deflateRawSync(Buffer.alloc(count % BLOCK_BYTES, value)),
    checksumOf(value, count),
  ]);
}

/** Returns the Adler-32 checksum of equal bytes (RFC 1950, 8.2): a sum, and a sum of the sums. */
function checksumOf(value: number, count: number): Buffer {
  const [step, steps] = [BigInt(value), BigInt(count)];
  const checksum = Buffer.alloc(4);
  checksum.writeUInt16BE(Number((steps + (step * steps * (steps + 1n)) / 2n) % 65_521n), 0);
  checksum.writeUInt16BE(Number((1n + step * steps) % 65_521n), 2);
  return checksum;
}
