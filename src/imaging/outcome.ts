import { ImageTooSmallError, TooManyPixelsError, UnreadableImageError } from './errors.ts';
import type { RenderedPicture } from './render.ts';

/** What a decoder's process answers. Classes do not survive the way between processes; plain objects do. */
export type RenderOutcome =
  | { readonly type: 'rendered'; readonly picture: RenderedPicture }
  | { readonly type: 'unreadable' }
  | {
      readonly type: 'too-many-pixels';
      readonly width: number;
      readonly height: number;
      readonly limit: number;
    }
  | {
      readonly type: 'too-small';
      readonly what: 'picture' | 'crop';
      readonly width: number;
      readonly height: number;
      readonly limit: number;
    };

/** In the decoder: an error that tells of the picture becomes an outcome; any other is thrown again. */
export function outcomeOf(error: unknown): RenderOutcome {
  if (error instanceof UnreadableImageError) {
    return { type: 'unreadable' };
  }
  if (error instanceof TooManyPixelsError) {
    return { type: 'too-many-pixels', width: error.width, height: error.height, limit: error.limit };
  }
  if (error instanceof ImageTooSmallError) {
    const { what, width, height, limit } = error;
    return { type: 'too-small', what, width, height, limit };
  }
  throw error;
}

/** In the server: the picture, or the error that the decoder met. */
export function pictureOf(outcome: RenderOutcome): RenderedPicture {
  switch (outcome.type) {
    case 'rendered':
      return outcome.picture;
    case 'unreadable':
      throw new UnreadableImageError();
    case 'too-many-pixels':
      throw new TooManyPixelsError(outcome.width, outcome.height, outcome.limit);
    case 'too-small':
      throw new ImageTooSmallError(outcome.what, outcome.width, outcome.height, outcome.limit);
  }
}
