import { constants } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { FileMissingError, FileTooLargeError } from '../../multipart/errors.ts';

/** Opens a file to import. Follows symbolic links. Rejects with FileMissingError or FileTooLargeError. */
export async function openSourceFile(path: string, maxBytes: number): Promise<FileHandle> {
  const stats = await explainReadError(() => stat(path));
  // Opening a pipe would wait for its writer.
  if (!stats.isFile()) {
    throw new FileMissingError('This is not a file. Move it away, or name a file.');
  }
  if (stats.size === 0) {
    throw new FileMissingError('The file is empty. Choose another picture.');
  }
  if (stats.size > maxBytes) {
    throw new FileTooLargeError(maxBytes);
  }
  return await explainReadError(() => open(path, constants.O_RDONLY));
}

/** Reads at most `maxBytes` from the beginning of a file, which may be growing. The file stays open. */
export function readFrom(file: FileHandle, maxBytes: number): Readable {
  return file.createReadStream({ start: 0, end: maxBytes - 1, autoClose: false });
}

/** Runs work that only reads a source file. Turns its errors into FileMissingError. */
export async function explainReadError<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new FileMissingError(
      code === 'ENOENT' || code === 'ENOTDIR'
        ? 'The file does not exist. Check its path.'
        : `The file cannot be read: ${message}. Check its permissions and its disk.`,
      { cause: error },
    );
  }
}
