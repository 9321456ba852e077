import { lstatSync, readlinkSync, realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

/** Maximum number of symbolic links to follow, as in Linux (path_resolution(7)). */
const MAX_LINKS = 40;

/**
 * Returns the path of a file without symbolic links. The file may not exist yet, but its folder must. SQLite derives
 * the names of its log and its shared memory from that path, whatever path it was given. Throws file system errors.
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
