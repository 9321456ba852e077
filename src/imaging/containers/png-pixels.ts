import { Readable, type Transform } from 'node:stream';
import { constants, crc32, createInflate, createInflateRaw } from 'node:zlib';
import { Adler32 } from './adler32.ts';
import { makePngChunk, readPngChunks } from './png-chunks.ts';
import { PngFilters } from './png-filters.ts';
import { countPngRowBytes } from './png-row-bytes.ts';

/** Bytes of a zlib stream before the compressed data (RFC 1950, 2.2). */
const ZLIB_HEADER_BYTES = 2;
const ZLIB_CHECKSUM_BYTES = 4;
/** Bytes that one step of decompression produces. */
const STEP_BYTES = 2 ** 18;

/** The `IDAT` chunks of a PNG. */
interface PixelData {
  /** Offset of the first chunk, or undefined if there is none. */
  readonly start: number | undefined;
  /** Contents of all chunks. */
  readonly compressed: Buffer;
  /** True if each stored checksum of a chunk is right. */
  readonly isIntact: boolean;
}

/**
 * Returns whether the pixel data of a PNG decompress to exactly its rows, have known filters, and match their own
 * checksum. Never throws. Stops after the last row, whatever follows.
 */
export async function hasExactRows(png: Buffer): Promise<boolean> {
  const rows = countPngRowBytes(png);
  const inflate = createInflate({ chunkSize: STEP_BYTES });
  const { compressed } = readPixelData(png);
  const filters = new PngFilters(png);
  try {
    return (await inflateUpTo(inflate, compressed, rows, [filters])) === rows && filters.areKnown;
  } catch {
    return false;
  }
}

/**
 * Returns a PNG with right checksums and a right end, or undefined if rows are missing or have unknown filters. Also
 * returns undefined if both checksums of the pixel data are wrong, because then the pixels are. Never throws. Takes time
 * in proportion to the number of pixels.
 */
export async function repairPng(png: Buffer): Promise<Buffer | undefined> {
  const { start, compressed, isIntact } = readPixelData(png);
  if (start === undefined) {
    return undefined;
  }
  // Without its header, zlib does not compare the checksum. With Z_SYNC_FLUSH, the end of the data may be missing.
  const inflate = createInflateRaw({ chunkSize: STEP_BYTES, finishFlush: constants.Z_SYNC_FLUSH });
  const rows = countPngRowBytes(png);
  const checksum = new Adler32();
  const filters = new PngFilters(png);
  const data = compressed.subarray(ZLIB_HEADER_BYTES);
  const inflated = await inflateUpTo(inflate, data, rows, [filters, checksum]).catch(() => 0);
  if (!filters.areKnown) {
    return undefined;
  }
  if (inflated > rows) {
    // Data after the last row do no harm, and their checksum is unknown.
    return isIntact ? png : undefined;
  }
  const end = ZLIB_HEADER_BYTES + inflate.bytesWritten;
  const stored = compressed.subarray(end, end + ZLIB_CHECKSUM_BYTES);
  const actual = Buffer.alloc(ZLIB_CHECKSUM_BYTES);
  actual.writeUInt32BE(checksum.value);
  if (inflated < rows || !(isIntact || stored.equals(actual))) {
    return undefined;
  }
  return Buffer.concat([
    png.subarray(0, start),
    makePngChunk('IDAT', Buffer.concat([compressed.subarray(0, end), actual])),
    makePngChunk('IEND'),
  ]);
}

/** Joins the chunks, because a PNG may have one for each byte, and each call of zlib takes a while. */
function readPixelData(png: Buffer): PixelData {
  const compressed = Buffer.allocUnsafe(png.length);
  let length = 0;
  let start: number | undefined;
  let isIntact = true;
  for (const chunk of readPngChunks(png)) {
    if (chunk.type === 'IDAT') {
      start ??= chunk.start;
      length += chunk.data.copy(compressed, length);
      isIntact &&= chunk.checksum === undefined || chunk.checksum === crc32(chunk.covered);
    }
  }
  return { start, compressed: compressed.subarray(0, length), isIntact };
}

/**
 * Returns the number of decompressed bytes. Stops when there are more than `limit`. Throws if the data are invalid.
 * @param readers get the bytes, including the first piece beyond the limit.
 */
async function inflateUpTo(
  inflate: Transform,
  compressed: Buffer,
  limit: number,
  readers: readonly { update(bytes: Uint8Array): void }[],
): Promise<number> {
  let bytes = 0;
  for await (const piece of Readable.from([compressed]).pipe(inflate) as AsyncIterable<Buffer>) {
    bytes += piece.length;
    for (const reader of readers) {
      reader.update(piece);
    }
    if (bytes > limit) {
      break;
    }
  }
  return bytes;
}
