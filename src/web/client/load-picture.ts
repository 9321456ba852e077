import { PORTRAIT_EDGE, type Picture } from './picture.ts';

/** Maximum time in milliseconds to wait for a new picture to load before the page shows its placeholder. */
const MAX_LOAD_MS = 5000;

/**
 * Waits until the browser has loaded a picture, so that the previous picture stays visible. Stops waiting after a few
 * seconds or when the signal is aborted. Ignores load errors, which `Picture` shows.
 */
export async function loadPicture(picture: Picture | null, signal: AbortSignal): Promise<void> {
  if (picture !== null) {
    const image = new Image();
    image.srcset = picture.srcSet;
    image.sizes = `${PORTRAIT_EDGE}px`;
    await new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve());
      setTimeout(resolve, MAX_LOAD_MS);
      image.decode().then(resolve, () => resolve());
    });
  }
}
