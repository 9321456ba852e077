import type { Area, Size } from '../size.ts';
import { readAvifCrop } from './avif-crop.ts';
import type { Orientation } from './exif-orientation.ts';
import { readWebpOrientation } from './webp-orientation.ts';

/** The part of the browser's picture that the server uses, and how to turn it. */
export interface Correction {
  readonly area: Area;
  readonly orientation: Orientation;
}

/** Media types of the files for which browsers can differ from the server. */
const CORRECTED_TYPES: ReadonlySet<string | undefined> = new Set(['image/webp', 'image/avif']);

/** A WebP of 2 x 1 pixels with the EXIF orientation 6, which is 1 pixel wide if a browser turns it. */
const TURNED_WEBP =
  'UklGRk4AAABXRUJQVlA4WAoAAAAIAAAAAQAAAAAAVlA4TA4AAAAvAQAAAAcQEf0PRET/A0VYSUYaAAAATU0AKgAAAA' +
  'gAAQESAAMAAAABAAYAAAAAAAA=';

/**
 * Returns how the server's picture differs from the one that the browser decodes. Browsers ignore the EXIF orientation
 * of a WebP, and most crops (`clap`) of an AVIF.
 * @param decoded size of the browser's picture.
 */
export async function findCorrection(
  file: Blob,
  mediaType: string | undefined,
  decoded: Size,
): Promise<Correction> {
  const none: Correction = { area: { left: 0, top: 0, ...decoded }, orientation: 1 };
  if (!CORRECTED_TYPES.has(mediaType)) {
    return none;
  }
  const bytes = new DataView(await file.arrayBuffer());
  try {
    const orientation = readWebpOrientation(bytes);
    if (orientation !== 1) {
      return (await turnsWebp()) ? none : { ...none, orientation };
    }
    const crop = readAvifCrop(bytes);
    const isWhole = crop?.whole.width === decoded.width && crop.whole.height === decoded.height;
    return isWhole ? { area: crop.area, orientation: 1 } : none;
  } catch (error) {
    if (error instanceof RangeError) {
      // The file is truncated, so the server will reject it or ignore its metadata.
      return none;
    }
    throw error;
  }
}

/** Returns the size of the server's picture. */
export function uprightSize({ area: { width, height }, orientation }: Correction): Size {
  return orientation < 5 ? { width, height } : { width: height, height: width };
}

/** Returns whether the server's picture differs from the browser's. */
export function isCorrected({ area, orientation }: Correction, decoded: Size): boolean {
  return orientation !== 1 || area.width !== decoded.width || area.height !== decoded.height;
}

async function turnsWebp(): Promise<boolean> {
  const bytes = Uint8Array.from(atob(TURNED_WEBP), (letter) => letter.charCodeAt(0));
  const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/webp' }));
  return bitmap.width === 1;
}
