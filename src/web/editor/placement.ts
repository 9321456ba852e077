import { turnedSize, type View } from './view.ts';

/** CSS that shows the square of a view in a frame of any size. The image starts at the center of the frame. */
export interface Placement {
  readonly width: string;
  readonly height: string;
  readonly transform: string;
}

/** Returns the CSS for an image in a square frame. A move changes only the transform, which browsers do quickly. */
export function placementOf(view: View): Placement {
  const { original, quarterTurns, mirrored, x, y, edge } = view;
  const turned = turnedSize(view);
  // CSS resolves percentages of `translate` against the size of the image before it is turned.
  const right = (turned.width / 2 - x) / original.width;
  const down = (turned.height / 2 - y) / original.height;
  return {
    width: percent(original.width / edge),
    height: percent(original.height / edge),
    transform: [
      `translate(${percent(right - 0.5)}, ${percent(down - 0.5)})`,
      `scaleX(${mirrored ? -1 : 1})`,
      `rotate(${90 * quarterTurns}deg)`,
    ].join(' '),
  };
}

function percent(fraction: number): string {
  return `${100 * fraction}%`;
}
