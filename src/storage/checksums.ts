import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** Names of files with the SHA-256 of each, in hexadecimal digits. */
export type Checksums = ReadonlyMap<string, string>;

export async function checksumOf(bytes: Readable): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(bytes, hash);
  return hash.digest('hex');
}

/** Of the files in a folder. */
export async function checksumsIn(directory: string): Promise<Checksums> {
  const checksums = new Map<string, string>();
  for (const name of await readdir(directory)) {
    checksums.set(name, await checksumOf(createReadStream(join(directory, name))));
  }
  return checksums;
}

export function areEqual(some: Checksums, others: Checksums): boolean {
  return some.size === others.size && [...some].every(([name, checksum]) => others.get(name) === checksum);
}
