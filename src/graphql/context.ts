import { UnauthenticatedError } from '../auth/errors.ts';
import type { RateLimit } from '../auth/rate-limit.ts';
import type { Identity, Viewer } from '../auth/viewer.ts';
import type { AcceptedType } from '../imaging/accepted-types.ts';
import type { PictureParts } from '../pictures/picture-parts.ts';
import type { Urls } from './urls.ts';

/** Context of every resolver. */
export interface Context {
  readonly parts: PictureParts;
  readonly urls: Urls;
  readonly rules: {
    readonly maxBytes: number;
    readonly maxPixels: number;
    readonly types: readonly AcceptedType[];
  };
  readonly identity: Identity;
  /** Counts an upload of a user. Rejects with RateLimitedError if there were too many. */
  readonly limitUploads: RateLimit;
  /** Aborts when the client disconnects. */
  readonly signal: AbortSignal;
}

/** Returns the viewer. Throws UnauthenticatedError without a valid token. */
export function requireViewer({ identity }: Context): Viewer {
  if (identity.viewer === null) {
    throw new UnauthenticatedError(identity.reason);
  }
  return identity.viewer;
}
