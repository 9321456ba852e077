export const JPEG_MARKERS = { frame: 0xc0, huffman: 0xc4, app1: 0xe1, app2: 0xe2, comment: 0xfe } as const;

const START = Buffer.from('ffd8', 'hex');
/** Marker before the pixel data. */
const SCAN = 0xda;
const END = Buffer.from('ffd9', 'hex');

export function jpegSegment(marker: number, data: string | Uint8Array): Buffer {
  const bytes = typeof data === 'string' ? Buffer.from(data, 'latin1') : data;
  const segment = Buffer.alloc(bytes.length + 4);
  segment.set([0xff, marker], 0);
  segment.writeUInt16BE(bytes.length + 2, 2);
  segment.set(bytes, 4);
  return segment;
}

/** Inserts segments right after the start of a JPEG. */
export function insertSegments(jpeg: Buffer, ...segments: readonly Buffer[]): Buffer {
  return Buffer.concat([START, ...segments, jpeg.subarray(START.length)]);
}

/** Returns a JPEG without the segments before its pixels that have a given marker. */
export function removeSegments(jpeg: Buffer, marker: number): Buffer {
  const kept: Buffer[] = [START];
  let at = START.length;
  while (jpeg[at] === 0xff && jpeg[at + 1] !== SCAN) {
    const end = at + 2 + jpeg.readUInt16BE(at + 2);
    if (jpeg[at + 1] !== marker) {
      kept.push(jpeg.subarray(at, end));
    }
    at = end;
  }
  return Buffer.concat([...kept, jpeg.subarray(at)]);
}

/** Returns a JPEG that claims to have another size. */
export function claimJpegSize(jpeg: Buffer, width: number, height: number): Buffer {
  const claiming = Buffer.from(jpeg);
  const frame = claiming.indexOf(Buffer.from([0xff, JPEG_MARKERS.frame]));
  claiming.writeUInt16BE(height, frame + 5);
  claiming.writeUInt16BE(width, frame + 7);
  return claiming;
}

/** Longest run of empty blocks that one symbol (0xe0) can encode. */
const LONGEST_RUN = 2 ** 15 - 1;

/**
 * Returns a valid progressive JPEG, all gray, with many scans. For 50 megapixels, each scan takes 75 bytes and makes
 * the decoder process the whole picture.
 */
export function jpegOfManyScans(edge: number, scans: number): Buffer {
  const blocks = Math.ceil(edge / 8) ** 2;
  const frame = Buffer.from('0800000000010111' + '00', 'hex');
  frame.writeUInt16BE(edge, 1);
  frame.writeUInt16BE(edge, 3);
  const scan = (band: number, data: Uint8Array) =>
    Buffer.concat([jpegSegment(0xda, Uint8Array.of(1, 1, 0, band, band, 0)), data]);
  const emptyBand = packBits(
    `0${(LONGEST_RUN - 2 ** 14).toString(2)}`.repeat(Math.ceil(blocks / LONGEST_RUN)),
  );
  return Buffer.concat([
    START,
    jpegSegment(0xdb, Buffer.concat([Buffer.alloc(1), Buffer.alloc(64, 1)])),
    jpegSegment(0xc2, frame),
    huffmanTable(0x00, 0),
    huffmanTable(0x10, 0xe0),
    scan(0, Buffer.alloc(Math.ceil(blocks / 8))),
    ...Array.from({ length: scans }, (_, index) => scan(1 + (index % 63), emptyBand)),
    END,
  ]);
}

/** Returns a table with one symbol, whose code is one zero bit. */
function huffmanTable(id: number, symbol: number): Buffer {
  return jpegSegment(JPEG_MARKERS.huffman, Buffer.from([id, 1, ...Array<number>(15).fill(0), symbol]));
}

/** Packs bits into bytes and pads them with ones. JPEG requires a zero byte after each byte of ones. */
function packBits(bits: string): Buffer {
  const bytes = bits.padEnd(Math.ceil(bits.length / 8) * 8, '1').match(/.{8}/g) ?? [];
  return Buffer.from(bytes.flatMap((byte) => (byte === '11111111' ? [0xff, 0] : [Number.parseInt(byte, 2)])));
}
