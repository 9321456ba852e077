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

/** A JPEG of 2725 x 2225 pixels and so many bytes. */
export async function paddedPicture(bytes: number): Promise<File> {
  return paddedTo(bytes, await pictureFile('photo-2725x2225.jpg'));
}

/** A JPEG with bytes behind its end, as some cameras write them. */
export function paddedTo(bytes: number, jpeg: File): File {
  return new File([jpeg, new Uint8Array(bytes - jpeg.size)], jpeg.name);
}
