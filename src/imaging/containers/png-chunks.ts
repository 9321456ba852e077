import { crc32 } from 'node:zlib';

/** Bytes before the first chunk. */
const SIGNATURE_BYTES = 8;
const TYPE_OFFSET = 4;
const DATA_OFFSET = 8;
const CHECKSUM_BYTES = 4;

/** A chunk of a PNG. The last chunk of a file may be truncated. */
export interface PngChunk {
  readonly type: string;
  /** Offset of the chunk's length from the start of the file. */
  readonly start: number;
  readonly data: Buffer;
  /** All bytes of the chunk. */
  readonly bytes: Buffer;
  /** The type and the data, which the checksum covers. */
  readonly covered: Buffer;
  /** The stored checksum, or undefined if the file ends before it. */
  readonly checksum: number | undefined;
}

/** Lists the chunks of a PNG. Each iteration advances by at least the overhead of a chunk. */
export function* readPngChunks(png: Buffer): Generator<PngChunk> {
  for (let start = SIGNATURE_BYTES; start + DATA_OFFSET <= png.length; ) {
    const end = start + DATA_OFFSET + png.readUInt32BE(start);
    yield {
      type: png.toString('latin1', start + TYPE_OFFSET, start + DATA_OFFSET),
      start,
      data: png.subarray(start + DATA_OFFSET, end),
      bytes: png.subarray(start, end + CHECKSUM_BYTES),
      covered: png.subarray(start + TYPE_OFFSET, end),
      checksum: end + CHECKSUM_BYTES <= png.length ? png.readUInt32BE(end) : undefined,
    };
    start = end + CHECKSUM_BYTES;
  }
}

/** Returns a chunk with its checksum. */
export function makePngChunk(type: string, data: Buffer = Buffer.alloc(0)): Buffer {
  const chunk = Buffer.alloc(DATA_OFFSET + data.length + CHECKSUM_BYTES);
  chunk.writeUInt32BE(data.length, 0);
  chunk.write(type, TYPE_OFFSET, 'latin1');
  chunk.set(data, DATA_OFFSET);
  chunk.writeUInt32BE(crc32(chunk.subarray(TYPE_OFFSET, -CHECKSUM_BYTES)), DATA_OFFSET + data.length);
  return chunk;
}
