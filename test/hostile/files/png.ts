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
  /** Content of IDAT. Default: as many deflated zeros as the picture needs. */
  readonly pixels?: Buffer;
}

/** Returns a complete PNG. By default, its pixels are zeros, which decompress to a thousand times its size. */
export function makePng(options: PngOptions): Buffer {
  const { width, height, bitDepth = 8, colourType = 2, interlaced = false, chunks = [] } = options;
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
    pngChunk('IDAT', options.pixels ?? deflatedZeros(bytes)),
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

/** Returns a chunk with an EXIF orientation, as phone cameras write it. */
export function orientationChunk(orientation: number): Buffer {
  const exif = Buffer.from('4d4d002a00000008000101120003000000010000000000000000', 'hex');
  exif.writeUInt16BE(orientation, 18);
  return pngChunk('eXIf', exif);
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
  const block = deflateRawSync(Buffer.alloc(BLOCK_BYTES), { finishFlush: constants.Z_FULL_FLUSH });
  const end = Buffer.alloc(4);
  end.writeUInt16BE(bytes % 65_521, 0);
  end.writeUInt16BE(1, 2);
  return Buffer.concat([
    Buffer.from('789c', 'hex'),
    ...Array.from({ length: Math.floor(bytes / BLOCK_BYTES) }, () => block),
    deflateRawSync(Buffer.alloc(bytes % BLOCK_BYTES)),
    end,
  ]);
}
