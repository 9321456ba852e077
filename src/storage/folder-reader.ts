import { constants, createReadStream } from 'node:fs';
import { type FileHandle, open, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
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

  /** Returns the path of a file below the root, or null if there is none. */
  async function find(file: string): Promise<string | null> {
    const path = join(root, file);
    const realFile = await realpath(path);
    if (realRoot === undefined || !realFile.startsWith(realRoot + sep)) {
      // The root itself may be a link that now leads to another folder.
      realRoot = await realpath(root);
    }
    return realFile.startsWith(realRoot + sep) ? path : null;
  }

  async function describe(file: string) {
    const path = await find(file);
    const stats = path === null ? null : await stat(path);
    return stats?.isFile() === true ? { size: stats.size, modifiedAt: stats.mtime } : null;
  }

  return {
    read: (file, maxBytes) =>
      unlessMissing(async () => {
        await using handle = await open(join(root, file), FLAGS);
        const [path, stats] = await Promise.all([find(file), handle.stat()]);
        if (path === null || !stats.isFile()) {
          return null;
        }
        const { size, mtime: modifiedAt } = stats;
        return { size, modifiedAt, bytes: size > maxBytes ? null : await readWhole(handle, size) };
      }),

    describe: (file) => unlessMissing(() => describe(file)),

    open: (file, signal, range) =>
      unlessMissing(async () => {
        const description = await describe(file);
        if (description === null) {
          return null;
        }
        const body = createReadStream(join(root, file), { ...range, flags: 'r', signal });
        return { ...description, ...(range && { size: range.end - range.start + 1 }), body };
      }),

    has: async (file) => (await unlessMissing(() => describe(file))) !== null,
  };
}

async function readWhole(handle: FileHandle, size: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafeSlow(size);
  let length = 0;
  // The kernel usually returns the whole file at once. Each turn reads at least a byte.
  while (length < size) {
    const { bytesRead } = await handle.read(bytes, length, size - length, length);
    if (bytesRead === 0) {
      throw new Error('A file became shorter while it was read.');
    }
    length += bytesRead;
  }
  return bytes;
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
