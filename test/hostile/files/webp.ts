/** Flag bits of VP8X. */
export const WEBP_FLAGS = { animation: 0x02, xmp: 0x04, exif: 0x08, icc: 0x20 } as const;

const HEADER_BYTES = 12;

export function webpChunk(type: string, data: string | Uint8Array): Buffer {
  const bytes = typeof data === 'string' ? Buffer.from(data, 'latin1') : data;
  const header = Buffer.alloc(8);
  header.write(type, 'latin1');
  header.writeUInt32LE(bytes.length, 4);
  return Buffer.concat([header, bytes, Buffer.alloc(bytes.length % 2)]);
}

export function makeWebp(...chunks: readonly Buffer[]): Buffer {
  const body = Buffer.concat([Buffer.from('WEBP'), ...chunks]);
  const header = Buffer.from('RIFF0000');
  header.writeUInt32LE(body.length, 4);
  return Buffer.concat([header, body]);
}

/** Returns all chunks of a WebP, unchanged. */
export function webpChunks(webp: Buffer): Buffer {
  return webp.subarray(HEADER_BYTES);
}

/**
 * Changes the size in the chunk of a lossless picture of a single color. The picture remains valid, because it has no
 * bits per pixel.
 */
export function claimWebpSize(chunk: Buffer, width: number, height: number): Buffer {
  const claiming = Buffer.from(chunk);
  const flags = claiming.readUInt32LE(9) & 0xf0000000;
  claiming.writeUInt32LE((flags | (width - 1) | ((height - 1) << 14)) >>> 0, 9);
  return claiming;
}

/** Returns the chunk that states the size of the canvas and the features of the file. */
export function webpCanvas(width: number, height: number, flags = 0): Buffer {
  const data = Buffer.alloc(10);
  data[0] = flags;
  data.writeUIntLE(width - 1, 4, 3);
  data.writeUIntLE(height - 1, 7, 3);
  return webpChunk('VP8X', data);
}

/** Returns an animated WebP. Each frame is at the top left. */
export function animatedWebp(width: number, height: number, frames: readonly Buffer[]): Buffer {
  const canvas = webpCanvas(width, height, WEBP_FLAGS.animation);
  return makeWebp(canvas, webpChunk('ANIM', Buffer.alloc(6)), ...frames);
}

export function webpFrame(width: number, height: number, chunks: Buffer): Buffer {
  const header = Buffer.alloc(16);
  header.writeUIntLE(width - 1, 6, 3);
  header.writeUIntLE(height - 1, 9, 3);
  return webpChunk('ANMF', Buffer.concat([header, chunks]));
}
