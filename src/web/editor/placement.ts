import { turnedSize, type View, zoomOf } from './view.ts';

/** CSS that shows the square of a view in a frame of any size. The image starts at the center of the frame. */
export interface Placement {
  readonly width: string;
  readonly height: string;
  readonly transform: string;
}

/** Returns the CSS for an image in a square frame. Zooming changes only the transform, which browsers do quickly. */
export function placementOf(view: View): Placement {
  const { original, quarterTurns, mirrored, x, y, edge } = view;
  const turned = turnedSize(view);
  const shorter = Math.min(original.width, original.height);
  // CSS resolves percentages of `translate` against the image before it is turned and zoomed.
  const right = (((turned.width / 2 - x) / edge) * shorter) / original.width;
  const down = (((turned.height / 2 - y) / edge) * shorter) / original.height;
  return {
    width: percent(original.width / shorter),
    height: percent(original.height / shorter),
    transform: [
      `translate(${percent(right - 0.5)}, ${percent(down - 0.5)})`,
      `scale(${zoomOf(view)})`,
      mirrored ? 'scaleX(-1)' : '',
      `rotate(${90 * quarterTurns}deg)`,
    ].join(' '),
  };
}

function percent(fraction: number): string {
  return `${100 * fraction}%`;
}
