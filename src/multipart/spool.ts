import { randomUUID } from 'node:crypto';
import { open, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

/**
 * Sets a file aside so that what comes behind it on the wire can be read first. Once it is complete the copy has
 * no name any more: it disappears with its reader.
 * @returns the same bytes, from the disk. Rejects, with nothing left, if the source or the disk fails.
 */
export async function spool(source: Readable, directory: string): Promise<Readable> {
  const path = join(directory, `${randomUUID()}.spool`);
  try {
    await writeFile(path, source, { flag: 'wx', mode: 0o600 });
    const file = await open(path, 'r');
    return file.createReadStream();
  } finally {
    await rm(path, { force: true });
  }
}
