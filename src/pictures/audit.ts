import type { ChangeType } from '../database/change-types.ts';
import type { Writer } from '../database/database.ts';
import type { Logger } from '../telemetry/logger.ts';

/** The author of a change, with the request that made it. */
export interface Author extends Writer {
  /** Undefined for commands. */
  readonly requestId?: string | undefined;
}

/**
 * Writes the audit line of a committed change. This is the only place that writes them: docs/operations.md shows how
 * to keep them.
 * @param picture id of the changed picture, or null if the change concerns no single picture.
 */
export function recordChange(
  logger: Logger,
  { actor, subject, requestId }: Pick<Author, 'actor' | 'subject' | 'requestId'>,
  action: ChangeType,
  picture: string | null,
): void {
  logger.info({ audit: true, actor, subject, action, picture, requestId }, 'Committed a change');
}
