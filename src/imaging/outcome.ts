import { ImageTooSmallError, TooManyPixelsError, TooMuchWorkError, UnreadableImageError } from './errors.ts';
import type { RenderedPicture } from './render.ts';

/** The result of a decoder. It is a plain object, because objects lose their class in messages between processes. */
export type RenderOutcome =
  | { readonly type: 'rendered'; readonly picture: RenderedPicture }
  /** Decoding takes more work than the job's `maxWork`. Nothing was written. */
  | { readonly type: 'deferred'; readonly work: number }
  | { readonly type: 'unreadable'; readonly message: string }
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
    }
  /** Any other error, such as a file system error with its `code`. */
  | { readonly type: 'failed'; readonly error: PlainError };

/** The properties of an error that a message between processes can carry. */
interface PlainError {
  readonly name: string;
  readonly message: string;
  readonly stack?: string | undefined;
  readonly code?: string | undefined;
  readonly errno?: number | undefined;
  readonly syscall?: string | undefined;
  readonly path?: string | undefined;
}

/** Message from a decoder to the server. */
export type DecoderMessage =
  /** The decoder has taken the job, so its time limit starts. */
  { readonly type: 'begun' } | { readonly type: 'done'; readonly outcome: RenderOutcome };

/** Converts an error in the decoder to an outcome. */
export function toOutcome(error: unknown): RenderOutcome {
  if (error instanceof UnreadableImageError) {
    return { type: 'unreadable', message: error.message };
  }
  if (error instanceof TooManyPixelsError) {
    return { type: 'too-many-pixels', width: error.width, height: error.height, limit: error.limit };
  }
  if (error instanceof ImageTooSmallError) {
    const { what, width, height, limit } = error;
    return { type: 'too-small', what, width, height, limit };
  }
  if (error instanceof TooMuchWorkError) {
    return { type: 'deferred', work: error.work };
  }
  const { name, message, stack, code, errno, syscall, path }: NodeJS.ErrnoException =
    error instanceof Error ? error : new Error(String(error));
  return { type: 'failed', error: { name, message, stack, code, errno, syscall, path } };
}

/** Returns the picture of an outcome. Throws the decoder's error if there is none. The server calls this. */
export function unwrapOutcome(outcome: RenderOutcome): RenderedPicture {
  switch (outcome.type) {
    case 'rendered':
      return outcome.picture;
    case 'deferred':
      throw new TooMuchWorkError(outcome.work);
    case 'failed':
      throw Object.assign(new Error(), outcome.error);
    case 'unreadable':
      throw new UnreadableImageError(outcome.message);
    case 'too-many-pixels':
      throw new TooManyPixelsError(outcome.width, outcome.height, outcome.limit);
    case 'too-small':
      throw new ImageTooSmallError(outcome.what, outcome.width, outcome.height, outcome.limit);
  }
}
