/** Types of changes, as audit lines and webhooks name them. */
export const CHANGE_TYPES = [
  /** An upload went live, or the alt text changed. */
  'profile_picture.updated',
  /** The picture moved to the trash. */
  'profile_picture.removed',
  'profile_picture.restored',
  /** The picture was removed permanently. */
  'profile_picture.deleted',
  'user.deleted',
  /** A user's uploads were blocked or unblocked. */
  'user.upload_block_changed',
] as const;

export type ChangeType = (typeof CHANGE_TYPES)[number];
