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
  const descriptor = Buffer.alloc(10);
  descriptor.write(',');
  descriptor.writeUInt16LE(width, 5);
  descriptor.writeUInt16LE(height, 7);
  return Buffer.concat([descriptor, Buffer.from('02024c0100', 'hex')]);
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
