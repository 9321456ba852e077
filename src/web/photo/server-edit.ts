import { type PhotoCrop, type PhotoEdit, turnsOf } from './edit.ts';

/** Maximum distance outside the picture that counts as a rounding error, as a fraction of the edge. */
const ROUNDING = 1e-6;

/** Returns whether the server can apply an edit. It accepts only a crop inside the upright picture. */
export function isServerEdit(edit: PhotoEdit): boolean {
  const { x, y, width, height } = edit.crop ?? { x: 0, y: 0, width: 1, height: 1 };
  const isInside = [x, y, 1 - x - width, 1 - y - height].every((margin) => margin >= -ROUNDING);
  return turnsOf(edit) === 0 && edit.mirrored !== true && edit.background === undefined && isInside;
}

/** Clamps rounding errors at the edges, because the API rejects a crop outside the picture. */
export function withinPicture({ x, y, width, height }: PhotoCrop): PhotoCrop {
  const [left, top] = [Math.max(x, 0), Math.max(y, 0)];
  return { x: left, y: top, width: Math.min(width, 1 - left), height: Math.min(height, 1 - top) };
}
