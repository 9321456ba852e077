import { statSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';

/** Maximum bytes of a request in addition to its file. The bare server stores them too. */
const MAX_ENVELOPE_BYTES = 1000;

/**
 * Checks and deletes the file that a response names. Because it does so at once, the next file gets the same memory,
 * and the disk has nothing to write back. The load generator does this, because only the servers' time is measured.
 * Throws if the file does not have the right length, because the measurement would be wrong.
 */
export function deleteStoredFile(response: string, directory: string, bytes: number): void {
  const name = /"store":"([0-9a-f-]{36})"/.exec(response)?.[1] ?? '';
  const path = join(directory, name);
  const { size } = statSync(path);
  if (size < bytes || size > bytes + MAX_ENVELOPE_BYTES) {
    throw new Error(`The file has ${bytes} bytes, but the server stored ${size}.`);
  }
  unlinkSync(path);
}
