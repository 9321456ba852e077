import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const IMAGES = join(import.meta.dirname, '../images');

/** The path of one of the pictures in test/images. */
export function picturePath(name: string): string {
  return join(IMAGES, name);
}

/** One of the pictures in test/images, as a browser would hold it. */
export async function pictureFile(name: string): Promise<File> {
  return new File([await readFile(picturePath(name))], name);
}
