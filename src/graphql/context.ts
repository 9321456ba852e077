import { UnauthenticatedError } from '../auth/errors.ts';
import type { Viewer } from '../auth/viewer.ts';
import type { PictureParts } from '../pictures/picture-parts.ts';
import type { Urls } from './urls.ts';

/** What resolvers work with. */
export interface Context {
  readonly parts: PictureParts;
  readonly urls: Urls;
  readonly rules: { readonly maxBytes: number; readonly maxPixels: number };
  readonly viewer: Viewer | null;
  /** Aborted when the client has left. */
  readonly signal: AbortSignal;
}

/** Throws UnauthenticatedError. */
export function requireViewer({ viewer }: Context): Viewer {
  if (viewer === null) {
    throw new UnauthenticatedError();
  }
  return viewer;
}
