import type { Size } from './size.ts';

/**
 * Returns the upright size of a picture in pixels, or undefined if the browser cannot display it. Browsers read only the
 * start of the file for this, and decode the pixels later.
 */
export async function loadImage(url: string): Promise<Size | undefined> {
  const image = new Image();
  return await new Promise((resolve) => {
    image.onload = () => resolve({ width: image.naturalWidth, height: image.naturalHeight });
    image.onerror = () => resolve(undefined);
    image.src = url;
  });
}

/** Returns whether the browser can decode all pixels of a picture. */
export async function canDecode(url: string): Promise<boolean> {
  const image = new Image();
  image.src = url;
  return await image.decode().then(
    () => true,
    () => false,
  );
}
