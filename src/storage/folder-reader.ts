import { constants, createReadStream, fstatSync, readlinkSync } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { closeFile, openFile, readWhole } from './file-descriptor.ts';
import type { PictureReader } from './storage.ts';

/** Does not wait for a writer if the file is a named pipe. Windows has neither. */
const FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** Codes for a path that leads to no file. */
const MISSING_CODES = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG']);

/**
 * Creates a reader of the files below a folder. It reads no file outside of the folder, even if links inside the folder
 * lead there. Rejects with Node's errors if a file exists and cannot be read.
 */
export function createFolderReader(root: string): PictureReader {
  let realRoot: string | undefined;

  /** Returns whether a path without links is below the root. */
  async function isInside(realFile: string): Promise<boolean> {
    if (realRoot === undefined || !realFile.startsWith(realRoot + sep)) {
      // The root itself may be a link that now leads to another folder.
      realRoot = await realpath(root);
    }
    return realFile.startsWith(realRoot + sep);
  }

  async function describe(file: string) {
    const path = join(root, file);
    const stats = (await isInside(await realpath(path))) ? await stat(path) : undefined;
    return stats?.isFile() === true ? { size: stats.size, modifiedAt: stats.mtime } : null;
  }

  async function read(file: string, maxBytes: number) {
    const path = join(root, file);
    const descriptor = await openFile(path, FLAGS);
    try {
      // The kernel has these facts in memory since it opened the file, so this call never waits for a disk.
      const stats = fstatSync(descriptor);
      if (!stats.isFile() || !(await isInside(await realPathOf(descriptor, path)))) {
        return null;
      }
      const { size, mtime: modifiedAt } = stats;
      return { size, modifiedAt, bytes: size > maxBytes ? null : await readWhole(descriptor, size) };
    } finally {
      closeFile(descriptor);
    }
  }

  return {
    read: (file, maxBytes) => unlessMissing(() => read(file, maxBytes)),
    describe: (file) => unlessMissing(() => describe(file)),
    open: (file, signal, range) =>
      unlessMissing(async () => {
        const description = await describe(file);
        if (description === null) {
          return null;
        }
        const body = createReadStream(join(root, file), { ...range, signal });
        return { ...description, ...(range && { size: range.end - range.start + 1 }), body };
      }),
    has: async (file) => (await unlessMissing(() => describe(file))) !== null,
  };
}

/** Returns the path of an open file, without links. */
async function realPathOf(descriptor: number, path: string): Promise<string> {
  try {
    // Linux keeps this link in memory, so reading it never waits for a disk. It saves a turn of Node's thread pool.
    return readlinkSync(`/proc/self/fd/${descriptor}`);
  } catch {
    return await realpath(path);
  }
}

/** Returns null if there is no such file. */
async function unlessMissing<T>(run: () => Promise<T | null>): Promise<T | null> {
  try {
    return await run();
  } catch (error) {
    if (MISSING_CODES.has((error as NodeJS.ErrnoException).code ?? '')) {
      return null;
    }
    throw error;
  }
}
