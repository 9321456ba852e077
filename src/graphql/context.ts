import { UnauthenticatedError } from '../auth/errors.ts';
import { type Action, checkPermission } from '../auth/permissions.ts';
import type { RateLimit } from '../auth/rate-limit.ts';
import type { Identity, Viewer } from '../auth/viewer.ts';
import type { UserRecord } from '../database/database.ts';
import type { AcceptedType } from '../imaging/accepted-types.ts';
import type { Author } from '../pictures/audit.ts';
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
  /**
   * Users that the request has loaded, by id. A user is read once, so that a response has one name and one picture for
   * a user. See load-users.ts.
   */
  readonly users: Map<string, UserRecord | Promise<UserRecord>>;
  /** Counts an upload of a user. Rejects with RateLimitedError if there were too many. */
  readonly limitUploads: RateLimit;
  /** Id of the GraphQL request. Undefined while the server builds a page. */
  readonly requestId?: string;
  /** Aborts when the client disconnects. */
  readonly signal: AbortSignal;
}

/** Returns the viewer. Throws UnauthenticatedError without a valid token. */
function requireViewer({ identity }: Context): Viewer {
  if (identity.viewer === null) {
    throw new UnauthenticatedError(identity.reason);
  }
  return identity.viewer;
}

/**
 * Returns the viewer as the author of a change to a user, after checking the viewer's permission. Throws
 * UnauthenticatedError without a valid token, or ForbiddenError.
 * @param userId the user to change. Default: the viewer.
 */
export function requireAuthor(
  context: Context,
  action: Action,
  userId: string | null | undefined,
): Author & { readonly actor: string } {
  const viewer = requireViewer(context);
  const subject = userId ?? viewer.id;
  checkPermission(viewer, action, subject);
  const { requestId } = context;
  // A token names only its own user.
  return subject === viewer.id
    ? { subject, actor: viewer.id, name: viewer.name, emailHashes: viewer.emailHashes, requestId }
    : { subject, actor: viewer.id, name: null, requestId };
}
