import { UnauthenticatedError } from '../auth/errors.ts';
import type { RateLimit } from '../auth/rate-limit.ts';
import type { Identity, Viewer } from '../auth/viewer.ts';
import type { AcceptedType } from '../imaging/accepted-types.ts';
import type { PictureParts } from '../pictures/picture-parts.ts';
import type { Urls } from './urls.ts';

/** What resolvers work with. */
export interface Context {
  readonly parts: PictureParts;
  readonly urls: Urls;
  readonly rules: {
    readonly maxBytes: number;
    readonly maxPixels: number;
    readonly types: readonly AcceptedType[];
  };
  readonly identity: Identity;
  /** Of one user. */
  readonly limitUploads: RateLimit;
  /** Aborted when the client has left. */
  readonly signal: AbortSignal;
}

/** Throws UnauthenticatedError. */
export function requireViewer({ identity }: Context): Viewer {
  if (identity.viewer === null) {
    throw new UnauthenticatedError(identity.reason);
  }
  return identity.viewer;
}
