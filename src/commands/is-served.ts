import { realpath } from 'node:fs/promises';
import type { Config } from '../config/load-config.ts';
import { isInside, STATIC_DIRECTORY } from '../config/served.ts';

/** Returns whether the server would publish a file. @param path absolute path without symbolic links. */
export async function isServed(path: string, { STORAGE_URL }: Config): Promise<boolean> {
  const served = [STATIC_DIRECTORY, ...('directory' in STORAGE_URL ? [STORAGE_URL.directory] : [])];
  const roots = await Promise.all(served.map((root) => realpath(root)));
  return roots.some((root) => isInside(path, root));
}
