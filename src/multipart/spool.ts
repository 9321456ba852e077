import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/**
 * Sets a file aside so that what comes behind it on the wire can be read first. The copy has no name while it
 * is used: it disappears with its last reader, and with the process.
 * @returns the same bytes, from the disk. Rejects if the source or the disk fails.
 */
export async function spool(source: Readable, directory: string): Promise<Readable> {
  const path = join(directory, `${randomUUID()}.spool`);
  const file = await open(path, 'wx+', 0o600);
  try {
    await unlink(path);
    await pipeline(source, createWriteStream(path, { fd: file, autoClose: false, start: 0 }));
  } catch (error) {
    await file.close();
    throw error;
  }
  return createReadStream(path, { fd: file, start: 0 });
}
