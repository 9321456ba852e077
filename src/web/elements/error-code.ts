import { RefusedError, UnreadableResponseError } from '../client/execute.ts';
import { PhotoError } from '../photo/photo-error.ts';
import { ConnectionLostError, FileChangedError } from '../shared/post.ts';

/** Codes of the reasons why the browser rejects a file. Where the server has the same reason, the code is the same. */
const PHOTO_CODES: Readonly<Record<PhotoError['fault']['reason'], string>> = {
  unreadable: 'FILE_UNREADABLE',
  empty: 'FILE_MISSING',
  damaged: 'UNREADABLE_IMAGE',
  decoderUnavailable: 'DECODER_UNAVAILABLE',
  unsupported: 'UNSUPPORTED_FILE_TYPE',
  tooSmall: 'IMAGE_TOO_SMALL',
  tooLarge: 'FILE_TOO_LARGE',
  tooManyPixels: 'TOO_MANY_PIXELS',
};

/** Returns the code of an error for the event `portrait-error`. */
export function errorCode(error: unknown): string {
  if (error instanceof RefusedError) {
    return error.code ?? 'UNEXPECTED';
  }
  if (error instanceof PhotoError) {
    return PHOTO_CODES[error.fault.reason];
  }
  if (error instanceof ConnectionLostError) {
    return 'CONNECTION_LOST';
  }
  if (error instanceof UnreadableResponseError) {
    return 'UNREADABLE_RESPONSE';
  }
  return error instanceof FileChangedError ? 'FILE_CHANGED' : 'UNEXPECTED';
}
