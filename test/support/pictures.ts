import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const IMAGES = join(import.meta.dirname, '../images');

/** Returns the path of a picture in test/images. */
export function picturePath(name: string): string {
  return join(IMAGES, name);
}

/** Returns a picture in test/images as a browser's `File`. */
export async function pictureFile(name: string): Promise<File> {
  return new File([await readFile(picturePath(name))], name);
}

/** Returns a JPEG of 2725 x 2225 pixels with this size in bytes. */
export async function paddedPicture(bytes: number): Promise<File> {
  return paddedTo(bytes, await pictureFile('photo-2725x2225.jpg'));
}

/** Appends bytes to the end of a JPEG, as some cameras do. */
export function paddedTo(bytes: number, jpeg: File): File {
  return new File([jpeg, new Uint8Array(bytes - jpeg.size)], jpeg.name);
}
