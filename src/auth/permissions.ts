import { ForbiddenError } from './errors.ts';
import type { Scope } from './scopes.ts';
import type { Viewer } from './viewer.ts';

interface Rule {
  /** True if users can do it for themselves. */
  readonly own: boolean;
  /** Scopes that allow a client to do it for any user. One of them is enough. */
  readonly scopes: readonly Scope[];
}

const MODERATORS: readonly Scope[] = ['portrait:moderate', 'portrait:write'];
const WRITERS: readonly Scope[] = ['portrait:write'];

/** The only place that decides who may do what. */
const RULES = {
  upload: { own: true, scopes: WRITERS },
  describe: { own: true, scopes: WRITERS },
  remove: { own: true, scopes: MODERATORS },
  restore: { own: true, scopes: MODERATORS },
  /** See the picture that a restoration would bring back, and the block of uploads. */
  inspect: { own: true, scopes: MODERATORS },
  block: { own: false, scopes: MODERATORS },
  deleteUser: { own: true, scopes: WRITERS },
} as const satisfies Record<string, Rule>;

/** Something that a client does for a user. */
export type Action = keyof typeof RULES;

/** Returns whether a viewer may do something for a user. @param viewer null without a valid token. */
export function isAllowed(viewer: Viewer | null, action: Action, userId: string): boolean {
  const { own, scopes }: Rule = RULES[action];
  return (
    viewer !== null &&
    ((own && viewer.id === userId) || scopes.some((scope) => viewer.scopes.includes(scope)))
  );
}

/** Throws ForbiddenError unless the viewer may do something for a user. */
export function checkPermission(viewer: Viewer, action: Action, userId: string): void {
  if (!isAllowed(viewer, action, userId)) {
    throw new ForbiddenError(RULES[action].scopes);
  }
}
