import { lstatSync, readlinkSync, realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

/** Symbolic links to follow: as many as Linux itself follows (path_resolution(7)). */
const MAX_LINKS = 40;

/**
 * Returns the path of a file without symbolic links, also of a file that does not exist yet. The folder must exist.
 * SQLite names its log and its shared memory by that path, whatever path it was given.
 * Throws a file system's error.
 */
export function realPathOf(path: string): string {
  let target = resolve(path);
  for (let links = 0; links <= MAX_LINKS; links += 1) {
    const folder = realpathSync(dirname(target));
    target = join(folder, basename(target));
    if (lstatSync(target, { throwIfNoEntry: false })?.isSymbolicLink() !== true) {
      return target;
    }
    target = resolve(folder, readlinkSync(target));
  }
  throw new Error('too many symbolic links');
}
