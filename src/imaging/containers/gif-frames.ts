import { UnreadableImageError } from '../errors.ts';
import { makeCornerFrame } from './gif-canvas.ts';
import {
  EXTENSION,
  endOfBlocks,
  endOfPalette,
  FLAGS_OFFSET,
  HEADER_BYTES,
  IMAGE,
  IMAGE_DESCRIPTOR_BYTES,
} from './gif-layout.ts';

const GRAPHIC_CONTROL = 0xf9;
const TRAILER = Buffer.from([0x3b]);
const NO_CONTROL = Buffer.alloc(0);

/** The first frames of a GIF. */
interface GifFrames {
  /** Bytes before the first block. */
  readonly header: Buffer;
  /** Each complete frame with its graphic control. Comments and other extensions are omitted. */
  readonly frames: readonly Buffer[];
  /** True if the file ends within a frame. */
  readonly truncated: boolean;
}

/**
 * Returns a GIF with only its first frame. Keeps color tables and transparency, and removes comments.
 * Returns the file unchanged if it has no frame, or ends within a frame. The decoder then reports the error.
 */
export function keepFirstGifFrame(gif: Buffer): Buffer {
  const { header, frames } = readGifFrames(gif, 1);
  return frames.length === 0 ? gif : Buffer.concat([header, ...frames, TRAILER]);
}

/**
 * Yields a GIF for each frame after the first, up to the `maxFrames`th frame of the file. The frame is page 1 of its GIF.
 * Page 0 shows nothing and makes libnsgif use the canvas of the whole file.
 * Throws UnreadableImageError after the last complete frame if the file ends within a frame. libnsgif would show nothing.
 */
export function* splitGif(gif: Buffer, maxFrames: number): Generator<Buffer> {
  const { header, frames, truncated } = readGifFrames(gif, maxFrames);
  const corner = makeCornerFrame(gif);
  const before = corner === undefined ? frames.slice(0, 1) : [corner];
  for (const frame of frames.slice(1)) {
    yield Buffer.concat([header, ...before, frame, TRAILER]);
  }
  if (truncated) {
    throw new UnreadableImageError();
  }
}

/** Reads at most `maxFrames` frames. */
function readGifFrames(gif: Buffer, maxFrames: number): GifFrames {
  const header = gif.subarray(0, endOfPalette(gif, HEADER_BYTES, FLAGS_OFFSET));
  const frames: Buffer[] = [];
  let control: Buffer = NO_CONTROL;
  for (const { bytes, complete } of readBlocks(gif, header.length)) {
    if (bytes[0] === IMAGE) {
      if (!complete) {
        return { header, frames, truncated: true };
      }
      frames.push(Buffer.concat([control, bytes]));
      control = NO_CONTROL;
    } else if (bytes[1] === GRAPHIC_CONTROL) {
      control = bytes;
    }
    if (frames.length === maxFrames) {
      break;
    }
  }
  return { header, frames, truncated: false };
}

/** Yields images and extensions up to the end of the file. The last one may be incomplete. */
function* readBlocks(gif: Buffer, start: number): Generator<{ bytes: Buffer; complete: boolean }> {
  // Each iteration advances by at least two bytes.
  for (let offset = start; gif[offset] === EXTENSION || gif[offset] === IMAGE; ) {
    // The color table and the code size precede the first data block of an image.
    const blocksStart =
      gif[offset] === IMAGE
        ? endOfPalette(gif, offset + IMAGE_DESCRIPTOR_BYTES, offset + IMAGE_DESCRIPTOR_BYTES - 1) + 1
        : offset + 2;
    const end = endOfBlocks(gif, blocksStart);
    yield { bytes: gif.subarray(offset, end), complete: end !== undefined };
    offset = end ?? gif.length;
  }
}
