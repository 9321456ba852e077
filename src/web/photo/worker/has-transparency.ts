import { contextOf } from './context-of.ts';

/** Number of rows to read at once, so that the copy of the pixels stays small. */
const ROWS = 256;

/** Returns whether a canvas has a pixel that is not opaque. */
export function hasTransparency(canvas: OffscreenCanvas): boolean {
  const context = contextOf(canvas);
  for (let top = 0; top < canvas.height; top += ROWS) {
    const { data } = context.getImageData(0, top, canvas.width, Math.min(ROWS, canvas.height - top));
    for (let alpha = 3; alpha < data.length; alpha += 4) {
      if (data[alpha] !== 255) {
        return true;
      }
    }
  }
  return false;
}
