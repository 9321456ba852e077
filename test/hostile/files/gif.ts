export interface GifOptions {
  /** Size of the logical screen. */
  readonly width: number;
  readonly height: number;
  /** Colors of three bytes each. Default: black and white. */
  readonly palette?: Buffer;
  /** Frames and extensions, in order. */
  readonly blocks: readonly Buffer[];
}

const END = Buffer.from(';');

export function makeGif({ width, height, palette, blocks }: GifOptions): Buffer {
  const colours = palette ?? Buffer.from('000000ffffff', 'hex');
  const header = Buffer.alloc(13);
  header.write('GIF89a', 'latin1');
  header.writeUInt16LE(width, 6);
  header.writeUInt16LE(height, 8);
  header[10] = 0x80 | (Math.log2(colours.length / 3) - 1);
  return Buffer.concat([header, colours, ...blocks, END]);
}

/** Returns a frame at the top left whose data is one black pixel, whatever its size is. */
export function gifFrame(width: number, height: number): Buffer {
  return Buffer.concat([gifDescriptor(width, height), Buffer.from('02024c0100', 'hex')]);
}

/** Returns a black frame at the top left with all its pixels. */
export function wholeGifFrame(width: number, height: number): Buffer {
  const data = packBlackPixels(width * height);
  // A data block has at most 255 bytes.
  const blocks = Array.from({ length: Math.ceil(data.length / 255) }, (_, index) => {
    const block = data.subarray(index * 255, (index + 1) * 255);
    return Buffer.concat([Buffer.from([block.length]), block]);
  });
  return Buffer.concat([gifDescriptor(width, height), Buffer.from([2]), ...blocks, Buffer.alloc(1)]);
}

function gifDescriptor(width: number, height: number): Buffer {
  const descriptor = Buffer.alloc(10);
  descriptor.write(',');
  descriptor.writeUInt16LE(width, 5);
  descriptor.writeUInt16LE(height, 7);
  return descriptor;
}

// Codes of LZW for color indexes of two bits.
const CLEAR = 4;
const END_CODE = 5;
const FIRST_STRING = 6;
const LAST_STRING = 4095;

/**
 * Compresses at least this many pixels of color 0. Each code stands for one pixel more than the one before it, until
 * the table is full.
 */
function packBlackPixels(pixels: number): Buffer {
  const bits: number[] = [];
  const write = (code: number, next: number) => {
    const codeBits = Math.min(32 - Math.clz32(next), 12);
    bits.push(...Array.from({ length: codeBits }, (_, bit) => (code >> bit) & 1));
  };
  let next = FIRST_STRING;
  for (let left = pixels; left > 0; ) {
    write(CLEAR, next);
    write(0, FIRST_STRING);
    left -= 1;
    for (next = FIRST_STRING; left > 0 && next <= LAST_STRING; next += 1) {
      write(next, next);
      left -= next - FIRST_STRING + 2;
    }
  }
  write(END_CODE, next);
  const bytes = Buffer.alloc(Math.ceil(bits.length / 8));
  for (const [index, bit] of bits.entries()) {
    bytes[index >> 3] = (bytes[index >> 3] ?? 0) | (bit << (index & 7));
  }
  return bytes;
}

/** Returns a comment block. The text has at most 255 bytes. */
export function gifComment(text: string): Buffer {
  return Buffer.concat([
    Buffer.from([0x21, 0xfe, text.length]),
    Buffer.from(text, 'latin1'),
    Buffer.alloc(1),
  ]);
}

/** Inserts blocks right after the palette of a GIF. */
export function insertGifBlocks(gif: Buffer, ...blocks: readonly Buffer[]): Buffer {
  const flags = gif[10] ?? 0;
  const at = 13 + (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);
  return Buffer.concat([gif.subarray(0, at), ...blocks, gif.subarray(at)]);
}
