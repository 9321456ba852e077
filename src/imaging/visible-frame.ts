import { readPngHeader } from './containers/png-header.ts';
import { TooMuchWorkError, UnreadableImageError } from './errors.ts';
import { estimatePlacing, estimateWork } from './estimate-work.ts';
import type { Inspection, Square } from './inspect.ts';
import { type LaterFrame, laterFrames } from './later-frames.ts';
import { rejectExcessiveFrames } from './limit-work.ts';
import type { Pixels } from './pixels.ts';
import { placePngFrame } from './place-png-frame.ts';
import { findVisibleArea, isVisible } from './visible-pixels.ts';

/** A part of a picture to decode. */
export interface View extends Inspection {
  /** True to squeeze the whole picture into a square, instead of choosing one. */
  readonly whole: boolean;
}

/** Decodes a view as a square. Rejects with UnreadableImageError. */
export type Decode = (view: View) => Promise<Pixels>;

export interface VisibleFrameRules {
  /** sharp's name of the format. */
  readonly format: string;
  /** Maximum work of all frames together, in the unit of `estimateWork`. No limit by default. */
  readonly maxWork?: number;
}

/** Message for users. The picture may be intact. */
const NOTHING_VISIBLE = {
  picture: 'The picture shows nothing, because it is fully transparent. Choose another picture.',
  crop:
    'The chosen part of the picture shows nothing, because it is fully transparent. ' +
    'Choose another part or another picture.',
};

/**
 * Decodes the first picture of a file that is not fully transparent: its first picture, or one of the later frames
 * among the first ten. If there is a crop, only the crop counts. Decodes a later frame only if all frames before it
 * show nothing.
 * Throws UnreadableImageError, or TooMuchWorkError if the later frames would take too much work.
 */
export async function decodeVisibleFrame(
  picture: Buffer,
  inspection: Inspection,
  { format, maxWork = Number.POSITIVE_INFINITY }: VisibleFrameRules,
  decode: Decode,
): Promise<Pixels> {
  const first = await decodeIfVisible({ ...inspection, whole: false }, decode);
  if (first !== undefined) {
    return first;
  }
  // Each frame is decoded once more if its square shows nothing, but the rest of it may.
  const decodes = isWholeSquare(inspection) ? 1 : 2;
  let work = decodes * estimateWork(inspection.source, format, inspection);
  // There are at most ten frames.
  for (const frame of laterFrames(picture, format)) {
    work += decodes * workOf(frame, format, inspection);
    rejectExcessiveFrames(work);
    if (work > maxWork) {
      throw new TooMuchWorkError(work);
    }
    const source = await placeFrame(frame, inspection.source);
    const pixels = await decodeIfVisible({ ...inspection, source, page: frame.page, whole: false }, decode);
    if (pixels !== undefined) {
      return pixels;
    }
  }
  throw new UnreadableImageError(NOTHING_VISIBLE[inspection.square === undefined ? 'picture' : 'crop']);
}

/**
 * Decodes a view, or returns undefined if it shows nothing. libvips ignores transparency when it chooses a square, and
 * may miss the only visible pixels. Then chooses the square around these.
 */
async function decodeIfVisible(view: View, decode: Decode): Promise<Pixels | undefined> {
  const pixels = await decode(view);
  if (isVisible(pixels)) {
    return pixels;
  }
  const square = isWholeSquare(view)
    ? undefined
    : findVisibleSquare(await decode({ ...view, whole: true }), view);
  return square && decode({ ...view, square });
}

/** Returns whether the decoded square is all that may be shown: a crop, or the whole picture. */
function isWholeSquare({ square, width, height }: Inspection): boolean {
  return square !== undefined || width === height;
}

/** Returns the largest square of a picture whose center is as close as possible to the center of the visible area. */
function findVisibleSquare(whole: Pixels, { width, height }: Inspection): Square | undefined {
  const area = findVisibleArea(whole);
  if (area === undefined) {
    return undefined;
  }
  const edge = Math.min(width, height);
  const start = (first: number, last: number, decoded: number, length: number) => {
    const center = ((first + last + 1) / 2 / decoded) * length;
    return Math.min(Math.max(Math.round(center - edge / 2), 0), length - edge);
  };
  return {
    left: start(area.left, area.right, whole.raw.width, width),
    top: start(area.top, area.bottom, whole.raw.height, height),
    edge,
  };
}

function workOf({ source, page, unplaced }: LaterFrame, format: string, size: Inspection): number {
  const decoding = (page + 1) * estimateWork(source, format, unplaced?.place ?? size);
  return decoding + (unplaced === undefined ? 0 : estimatePlacing(source, size));
}

/** Returns a picture with the frame on its canvas. */
async function placeFrame({ source, unplaced }: LaterFrame, canvas: Buffer): Promise<Buffer> {
  if (unplaced === undefined) {
    return source;
  }
  try {
    return await placePngFrame(unplaced, readPngHeader(canvas));
  } catch (error) {
    throw new UnreadableImageError(undefined, { cause: error });
  }
}
