import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** SHA-256 of each file by name, in hexadecimal digits. */
export type Checksums = ReadonlyMap<string, string>;

/** Returns the SHA-256 of a stream, in hexadecimal digits. */
export async function checksumOf(bytes: Readable): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(bytes, hash);
  return hash.digest('hex');
}

/** Returns the checksums of the files in a folder. */
export async function checksumsIn(directory: string): Promise<Checksums> {
  const checksums = new Map<string, string>();
  for (const name of await readdir(directory)) {
    checksums.set(name, await checksumOf(createReadStream(join(directory, name))));
  }
  return checksums;
}

/** Returns whether two folders have the same names and checksums. */
export function areEqual(a: Checksums, b: Checksums): boolean {
  return a.size === b.size && [...a].every(([name, checksum]) => b.get(name) === checksum);
}
