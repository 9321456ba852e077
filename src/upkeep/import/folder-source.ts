import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ALL_TYPES } from '../../imaging/accepted-types.ts';
import type { ImportEntry, ImportSource } from './import-entry.ts';

/** Extensions of pictures that Portrait does not accept. The content of the file explains why. */
const OTHER_EXTENSIONS = ['heic', 'heif', 'hif', 'bmp', 'tif', 'tiff', 'jxl'];
/** Node.js puts this character in the place of bytes that are not UTF-8. The user and the path are then unknown. */
const REPLACEMENT_CHARACTER = '\u{fffd}';
const EXTENSIONS = new Set([...ALL_TYPES.flatMap(({ extensions }) => extensions), ...OTHER_EXTENSIONS]);

/**
 * Opens a folder whose files are named by user id. Reads all names at once, in sorted order, so that every run takes
 * the same steps. Ignores names that begin with a dot, such as `.DS_Store`. Rejects with an error of the file system.
 */
export async function openFolderSource(folder: string): Promise<ImportSource> {
  const names = (await readdir(folder)).filter((name) => !name.startsWith('.')).sort();
  return {
    total: names.length,
    async *entries() {
      for (const file of names) {
        const entry = { file, line: undefined, path: join(folder, file), name: null, altText: undefined };
        yield { ...entry, ...decodeUserId(file) };
      }
    },
  };
}

/**
 * Returns the user id that a file name encodes: the name without its extension, percent-decoded. `a%2Fb.jpg` is the
 * file of `a/b`. The extension can be missing. Any other ending after a dot is a fault, because it may be a part of
 * the id: without this rule, a file `alice.smith` would become the picture of `alice`.
 */
export function decodeUserId(fileName: string): Pick<ImportEntry, 'userId' | 'fault'> {
  if (fileName.includes(REPLACEMENT_CHARACTER)) {
    return { userId: null, fault: 'The name of the file is not UTF-8. Rename the file.' };
  }
  const [, stem = '', extension] = /^(.+?)(?:\.([^.]*))?$/s.exec(fileName) ?? [];
  if (extension !== undefined && !EXTENSIONS.has(extension.toLowerCase())) {
    return {
      userId: null,
      fault: `The ending .${extension} is not that of a picture. Rename the file to ${fileName}.jpg if it is part of the id.`,
    };
  }
  try {
    return { userId: decodeURIComponent(stem) };
  } catch {
    return {
      userId: null,
      fault: 'The name has a percent sign that encodes no character. Write %25 for a percent sign.',
    };
  }
}
