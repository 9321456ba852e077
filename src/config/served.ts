import { relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Absolute path of the folder that the server publishes under `/static/`. */
export const STATIC_DIRECTORY = fileURLToPath(new URL('../../static', import.meta.url));

/** Returns whether an absolute path is the folder itself or is inside it. */
export function isInside(path: string, folder: string): boolean {
  return relative(folder, path).split(sep)[0] !== '..';
}
