import { relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What is served under `/static/`, wherever the server was started. */
export const STATIC_DIRECTORY = fileURLToPath(new URL('../../static', import.meta.url));

/** Whether an absolute path is that of a folder, or leads into it. */
export function isInside(path: string, folder: string): boolean {
  return relative(folder, path).split(sep)[0] !== '..';
}
