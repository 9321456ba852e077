import {
  EXTENSION,
  endOfBlocks,
  endOfPalette,
  FLAGS_OFFSET,
  HEADER_BYTES,
  IMAGE,
  IMAGE_DESCRIPTOR_BYTES,
} from './gif-layout.ts';

/** A GIF whose pages have the size of its canvas. */
export interface GifOnCanvas {
  readonly gif: Buffer;
  /** Index of the page that is the first frame of the file. */
  readonly firstPage: 0 | 1;
}

/** Width and height in pixels. */
interface Size {
  readonly width: number;
  readonly height: number;
}

/** Offset of the width and height of the logical screen from the start of the file. */
const SCREEN_OFFSET = 6;
/** Maximum edge of a canvas in pixels, as in the screen's header. libvips decodes no larger canvas. */
const MAX_EDGE = 65_535;
/** Graphic control: the color with the index 1 is transparent. The next frame is drawn over this one. */
const TRANSPARENT = Buffer.from('21f9040100000100', 'hex');
/** Compressed data of a frame of one pixel, whose color has the index 1. */
const ONE_PIXEL = Buffer.from('02024c0100', 'hex');

/**
 * Makes libnsgif decode the first frame of a GIF on the whole canvas: the logical screen, extended to contain the first
 * frame. Chromium shows the same area. libnsgif forgets screens of 640 x 480, 640 x 512, 800 x 600, 1024 x 768,
 * 1280 x 1024 and 1600 x 1200 pixels, and screens with an edge of 0 or more than 2,048 pixels (`nsgif_data_scan`). It
 * extends the canvas to contain the first frame. So unless the first frame fills the canvas, this function adds a
 * transparent frame of one pixel before it, at the bottom right of the canvas. The area around the frame becomes
 * transparent, because libvips then decodes an alpha channel. Never throws. Returns a GIF without a frame unchanged.
 */
export function placeOnGifCanvas(gif: Buffer): GifOnCanvas {
  const layout = readLayout(gif);
  const isFilled =
    layout?.frame.width === layout?.canvas.width && layout?.frame.height === layout?.canvas.height;
  const corner = isFilled ? undefined : makeCornerFrame(gif);
  if (corner === undefined) {
    return { gif, firstPage: 0 };
  }
  const start = endOfPalette(gif, HEADER_BYTES, FLAGS_OFFSET);
  return { gif: Buffer.concat([gif.subarray(0, start), corner, gif.subarray(start)]), firstPage: 1 };
}

/**
 * Returns a transparent frame of one pixel at the bottom right of a GIF's canvas. Returns undefined if the GIF has no
 * frame, or a canvas that libvips cannot decode. Never throws.
 */
export function makeCornerFrame(gif: Buffer): Buffer | undefined {
  const { width = 0, height = 0 } = readLayout(gif)?.canvas ?? {};
  const isPossible = width > 0 && height > 0 && width <= MAX_EDGE && height <= MAX_EDGE;
  return isPossible ? makeInvisibleFrame(width - 1, height - 1) : undefined;
}

/** Reads the size of the canvas and the first frame. Returns undefined if there is none. */
function readLayout(gif: Buffer): { readonly canvas: Size; readonly frame: Size } | undefined {
  const image = findFirstFrame(gif);
  if (image === undefined) {
    return undefined;
  }
  const [left, top] = [gif.readUInt16LE(image + 1), gif.readUInt16LE(image + 3)];
  const frame = { width: gif.readUInt16LE(image + 5), height: gif.readUInt16LE(image + 7) };
  const canvas = {
    width: Math.max(gif.readUInt16LE(SCREEN_OFFSET), left + frame.width),
    height: Math.max(gif.readUInt16LE(SCREEN_OFFSET + 2), top + frame.height),
  };
  return { canvas, frame };
}

/** Returns the offset of the first image, or undefined if there is none. */
function findFirstFrame(gif: Buffer): number | undefined {
  let offset: number | undefined = endOfPalette(gif, HEADER_BYTES, FLAGS_OFFSET);
  // Each iteration advances by at least two bytes.
  while (offset !== undefined && gif[offset] === EXTENSION) {
    offset = endOfBlocks(gif, offset + 2);
  }
  const isFrame =
    offset !== undefined && gif[offset] === IMAGE && offset + IMAGE_DESCRIPTOR_BYTES <= gif.length;
  return isFrame ? offset : undefined;
}

function makeInvisibleFrame(left: number, top: number): Buffer {
  const descriptor = Buffer.alloc(IMAGE_DESCRIPTOR_BYTES);
  descriptor[0] = IMAGE;
  descriptor.writeUInt16LE(left, 1);
  descriptor.writeUInt16LE(top, 3);
  descriptor.writeUInt16LE(1, 5);
  descriptor.writeUInt16LE(1, 7);
  return Buffer.concat([TRANSPARENT, descriptor, ONE_PIXEL]);
}
