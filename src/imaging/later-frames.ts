import { splitGif } from './containers/gif-frames.ts';
import { type PngFrame, splitPng } from './containers/png-frames.ts';
import { removePngTexts } from './containers/png-texts.ts';
import { splitWebp } from './containers/webp-frames.ts';

/** A frame of an animation, in a picture that the decoder reads instead of the animation. */
export interface LaterFrame {
  readonly source: Buffer;
  /** Index of the page to decode. The pages before it have to be decoded too. */
  readonly page: number;
  /** Set if the decoder does not place the frame on the canvas. */
  readonly unplaced?: PngFrame;
}

/** Maximum number of frames that are searched for the first one that shows something. */
export const MAX_FRAMES = 10;

/**
 * Yields the frames of an animation after its first picture, up to its tenth frame. Each frame is alone on its canvas.
 * This is how the frame looks if all frames before it show nothing, whatever their blending and disposal are.
 * Yields nothing for an AVIF, because its later frames depend on earlier ones.
 * Throws UnreadableImageError if the file ends within a frame of a GIF.
 * @param format sharp's name of the format.
 */
export function* laterFrames(picture: Buffer, format: string): Generator<LaterFrame> {
  switch (format) {
    case 'gif':
      for (const source of splitGif(picture, MAX_FRAMES)) {
        yield { source, page: 1 };
      }
      return;
    case 'webp':
      for (const source of splitWebp(picture, MAX_FRAMES)) {
        yield { source, page: 0 };
      }
      return;
    case 'png':
      for (const unplaced of splitPng(removePngTexts(picture), MAX_FRAMES)) {
        yield { source: unplaced.png, page: 0, unplaced };
      }
  }
}
