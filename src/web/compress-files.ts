import { readdir, readFile, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { writeWhole } from './hashed-files.ts';

/** Files up to this size in bytes, which are those of the page, get brotli's best quality. */
const MAX_SMALL_BYTES = 128 * 1024;
/**
 * Brotli's quality for small files. The page's files and GraphiQL's panel (127 kB) take 0.1 s of processor time and
 * become 36.2 kB. Quality 9 gives 39.0 kB, and gzip 40.8 kB.
 */
const SMALL_FILE_QUALITY = 11;
/**
 * Brotli's quality for large files. GraphiQL's own files (8.8 MB) take 0.7 s of processor time and become 2.07 MB.
 * Quality 10 takes 6.1 s and gives 1.92 MB, and 11 takes 10.6 s and gives 1.89 MB. Gzip gives 2.40 MB.
 */
const LARGE_FILE_QUALITY = 9;

const brotli = promisify(zlib.brotliCompress);
const gzip = promisify(zlib.gzip);

/** Compression by the suffix of the compressed file's name. */
const COMPRESSORS: Readonly<Record<string, (content: Buffer) => Promise<Buffer>>> = {
  '.br': (content) =>
    brotli(content, {
      params: {
        [zlib.constants.BROTLI_PARAM_QUALITY]:
          content.length > MAX_SMALL_BYTES ? LARGE_FILE_QUALITY : SMALL_FILE_QUALITY,
        [zlib.constants.BROTLI_PARAM_MODE]: zlib.constants.BROTLI_MODE_TEXT,
        [zlib.constants.BROTLI_PARAM_SIZE_HINT]: content.length,
      },
    }),
  '.gz': (content) => gzip(content, { level: zlib.constants.Z_BEST_COMPRESSION }),
};

/**
 * Writes a brotli and a gzip file next to each file, unless they would not be smaller. Deletes all other files in the
 * folder, which earlier builds have written.
 * @param files paths relative to the folder.
 */
export async function compressFiles(folder: string, files: readonly string[]): Promise<void> {
  const compressed = await Promise.all(files.map((file) => compressFile(folder, file)));
  const current = new Set([...files, ...compressed.flat()]);
  const outdated = (await filesIn(folder)).filter((file) => !current.has(file));
  await Promise.all(outdated.map((file) => rm(join(folder, file))));
}

/** @returns the paths of the compressed files, relative to the folder. */
async function compressFile(folder: string, file: string): Promise<string[]> {
  const content = await readFile(join(folder, file));
  const targets = await Promise.all(
    Object.entries(COMPRESSORS).map(async ([suffix, compress]) => {
      const compressed = await compress(content);
      if (compressed.length >= content.length) {
        return [];
      }
      await writeWhole(join(folder, file + suffix), compressed);
      return [file + suffix];
    }),
  );
  return targets.flat();
}

/** Returns the paths of all files in a folder and its subfolders, relative to the folder. */
async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map(({ parentPath, name }) => relative(folder, join(parentPath, name)));
}
