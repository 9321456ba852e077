import { type Area, readAvifCrop, type Size } from './avif-crop.ts';
import type { Orientation } from './exif-orientation.ts';
import { readWebpOrientation } from './webp-orientation.ts';

/** A picture for display. */
export interface Shown {
  /** Object URL. The caller must revoke it. */
  readonly url: string;
  /** Upright size of the original in pixels. Undefined if the browser cannot decode the file. */
  readonly size: Size | undefined;
}

/** The part of a picture that the server uses, and how to turn it. */
interface Change {
  readonly area: Area;
  readonly orientation: Orientation;
}

/** A WebP of 2 x 1 pixels with the EXIF orientation 6, which is 1 pixel wide if a browser turns it. */
const TURNED_WEBP =
  'data:image/webp;base64,UklGRk4AAABXRUJQVlA4WAoAAAAIAAAAAQAAAAAAVlA4TA4AAAAvAQAAAAcQEf0PRET/A0VYSUYaAAAATU0AKgAAAA' +
  'gAAQESAAMAAAABAAYAAAAAAAA=';
/** Maximum edge length of a redrawn picture in pixels. iOS limits a canvas to 4096 x 4096 pixels. */
const MAX_EDGE = 4096;
const REDRAWN_TYPE = 'image/webp';
const REDRAWN_QUALITY = 0.95;

/**
 * Returns a picture that shows what the server crops. Browsers differ from the server in two cases: they ignore the EXIF
 * orientation of a WebP, and most crops (`clap`) of an AVIF. In these cases, draws the picture again.
 */
export async function showUpright(file: File): Promise<Shown> {
  const url = URL.createObjectURL(file);
  const image = await decode(url);
  if (image === undefined) {
    return { url, size: undefined };
  }
  const change = await findChange(file, image);
  if (change === undefined) {
    return { url, size: sizeOf(image) };
  }
  const redrawn = await redraw(image, change);
  if (redrawn === null) {
    // Without a picture to display, the server chooses the square.
    return { url, size: undefined };
  }
  URL.revokeObjectURL(url);
  return { url: URL.createObjectURL(redrawn), size: uprightSize(change) };
}

async function decode(url: string): Promise<HTMLImageElement | undefined> {
  const image = new Image();
  image.src = url;
  return await image.decode().then(
    () => image,
    () => undefined,
  );
}

/** Returns how the server's picture differs from the one that the browser displays, or undefined if it does not. */
async function findChange(file: File, image: HTMLImageElement): Promise<Change | undefined> {
  const buffer = await file.arrayBuffer().catch(() => undefined);
  if (buffer === undefined) {
    // The file was changed or deleted. The upload will fail and say so.
    return undefined;
  }
  const bytes = new DataView(buffer);
  try {
    const orientation = readWebpOrientation(bytes);
    if (orientation !== 1) {
      const turnsItself = (await decode(TURNED_WEBP))?.naturalWidth === 1;
      return turnsItself ? undefined : { area: { left: 0, top: 0, ...sizeOf(image) }, orientation };
    }
    const crop = readAvifCrop(bytes);
    const isWhole = crop?.whole.width === image.naturalWidth && crop.whole.height === image.naturalHeight;
    return isWhole ? { area: crop.area, orientation: 1 } : undefined;
  } catch (error) {
    if (error instanceof RangeError) {
      // The file is truncated, so the server will reject it or ignore its metadata.
      return undefined;
    }
    throw error;
  }
}

async function redraw(image: HTMLImageElement, { area, orientation }: Change): Promise<Blob | null> {
  const scale = Math.min(1, MAX_EDGE / Math.max(area.width, area.height));
  const [width, height] = [Math.round(area.width * scale), Math.round(area.height * scale)];
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = orientation < 5 ? [width, height] : [height, width];
  const context = canvas.getContext('2d');
  if (context === null) {
    return null;
  }
  context.setTransform(...matrixFor(orientation, width, height));
  context.drawImage(image, area.left, area.top, area.width, area.height, 0, 0, width, height);
  return await new Promise((resolve) => canvas.toBlob(resolve, REDRAWN_TYPE, REDRAWN_QUALITY));
}

/** Returns the matrix that makes a picture of this size upright, in the order of `setTransform`. */
function matrixFor(
  orientation: Orientation,
  width: number,
  height: number,
): [a: number, b: number, c: number, d: number, e: number, f: number] {
  switch (orientation) {
    case 1:
      return [1, 0, 0, 1, 0, 0];
    case 2:
      return [-1, 0, 0, 1, width, 0];
    case 3:
      return [-1, 0, 0, -1, width, height];
    case 4:
      return [1, 0, 0, -1, 0, height];
    case 5:
      return [0, 1, 1, 0, 0, 0];
    case 6:
      return [0, 1, -1, 0, height, 0];
    case 7:
      return [0, -1, -1, 0, height, width];
    case 8:
      return [0, -1, 1, 0, 0, width];
  }
}

function uprightSize({ area, orientation }: Change): Size {
  const { width, height } = area;
  return orientation < 5 ? { width, height } : { width: height, height: width };
}

function sizeOf(image: HTMLImageElement): Size {
  return { width: image.naturalWidth, height: image.naturalHeight };
}
