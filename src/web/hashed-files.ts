import { createHash } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join, parse } from 'node:path';

/** Characters of the hash in a file name, like Vite's default. Eight characters of base64url are 48 bits. */
const HASH_LENGTH = 8;

/** Returns a file name that contains a hash of the content, such as `graphiql-5k0XZQ7d.js` for `graphiql.js`. */
export function hashedName(file: string, content: string | Uint8Array): string {
  const { name, ext } = parse(file);
  return `${name}-${contentHash(content)}${ext}`;
}

/** Returns the hash of a content in file names. */
export function contentHash(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('base64url').slice(0, HASH_LENGTH);
}

/** Writes a file under the name with its hash. @returns that name. */
export async function writeHashed(
  folder: string,
  file: string,
  content: string | Uint8Array,
): Promise<string> {
  const name = hashedName(file, content);
  await writeWhole(join(folder, name), content);
  return name;
}

/** Writes a file and then names it, so a server that is running during a build sends no incomplete file. */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const unfinished = `${path}.${process.pid}.unfinished`;
  await writeFile(unfinished, content);
  await rename(unfinished, path);
}
