import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { RENDITION_FORMATS, RENDITION_SIZES, renditionName } from './renditions.ts';

/** Deletes the renditions of a killed decoder, so that the next decoder finds the folder empty. */
export async function deleteRenditions(folder: string): Promise<void> {
  const names = RENDITION_SIZES.flatMap((size) =>
    RENDITION_FORMATS.map((format) => renditionName(size, format)),
  );
  await Promise.all(names.map((name) => rm(join(folder, name), { force: true })));
}
