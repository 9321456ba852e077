import type { Pixels } from './pixels.ts';

/** Columns and rows that contain a visible pixel. The last ones are inclusive. */
export interface VisibleArea {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/**
 * Returns whether any pixel is not fully transparent. Reads the pixels up to the first such pixel, and none if there
 * is no alpha channel.
 */
export function isVisible({ data, raw: { channels } }: Pixels): boolean {
  if (channels === 1 || channels === 3) {
    return true;
  }
  for (let alpha = channels - 1; alpha < data.length; alpha += channels) {
    if (data[alpha] !== 0) {
      return true;
    }
  }
  return false;
}

/** Returns the smallest area with all visible pixels of a picture with an alpha channel, or undefined without any. */
export function findVisibleArea({ data, raw: { width, channels } }: Pixels): VisibleArea | undefined {
  let area: VisibleArea | undefined;
  for (let alpha = channels - 1, index = 0; alpha < data.length; alpha += channels, index += 1) {
    if (data[alpha] !== 0) {
      const [x, y] = [index % width, Math.floor(index / width)];
      area = {
        left: Math.min(area?.left ?? x, x),
        right: Math.max(area?.right ?? x, x),
        top: area?.top ?? y,
        bottom: y,
      };
    }
  }
  return area;
}
