import { setTimeout as sleep } from 'node:timers/promises';
import type { PictureState } from '../../database/database.ts';
import type { UpkeepParts } from '../../pictures/picture-parts.ts';
import { clearLeftovers } from '../clear-leftovers.ts';

/** Maximum number of attempts. After a kill, Postgres needs a moment to notice that the process has ended. */
const MAX_ATTEMPTS = 20;
/** Milliseconds before each attempt. */
const ATTEMPT_INTERVAL_MS = 500;

/**
 * Returns a picture's state, or null if there is no such picture. If it is pending or being deleted, an interrupted
 * import may have left it. Then clears leftovers until the picture is gone.
 * @returns `pending` or `deleting` only if another process is still working on the picture.
 */
export async function settledStateOf(
  parts: UpkeepParts,
  id: string,
  maxAttempts = MAX_ATTEMPTS,
): Promise<PictureState | null> {
  let state = await parts.database.stateOf(id);
  for (let attempt = 0; attempt < maxAttempts && isUnfinished(state); attempt += 1) {
    await sleep(ATTEMPT_INTERVAL_MS);
    await clearLeftovers(parts);
    state = await parts.database.stateOf(id);
  }
  return state;
}

/** Returns whether a picture in this state will change it soon. */
export function isUnfinished(state: PictureState | null): boolean {
  return state === 'pending' || state === 'deleting';
}
