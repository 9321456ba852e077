import { hash } from 'node:crypto';

/** Number of hexadecimal digits of a hash that determine a group: 65,536 groups. */
const GROUP_DIGITS = 4;

/**
 * Returns the group of a user, from 0 to 65,535. The database counts the deleted users of each group, because it must
 * not remember which users were deleted. A group contains one user in 65,536, so its count identifies no user. The table
 * needs no cleanup: it has at most one row for each group.
 */
export function deletionGroupOf(userId: string): number {
  return Number.parseInt(hash('sha256', userId).slice(0, GROUP_DIGITS), 16);
}
