import { statSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';

/** Bytes that the parts' heads and the other parts of a request may have: the floor stores them too. */
const MAX_ENVELOPE_BYTES = 1000;

/**
 * Deletes the file that an answer names, at once, so that the next one gets the same memory and the disk has nothing
 * to write back. It is done here and not in the servers, whose time is what is measured.
 * Throws if the file is not as long as it must be: what was not stored was not measured.
 */
export function takeAway(answer: string, directory: string, bytes: number): void {
  const name = /"store":"([0-9a-f-]{36})"/.exec(answer)?.[1] ?? '';
  const path = join(directory, name);
  const { size } = statSync(path);
  if (size < bytes || size > bytes + MAX_ENVELOPE_BYTES) {
    throw new Error(`${bytes} bytes were sent, ${size} were stored.`);
  }
  unlinkSync(path);
}
