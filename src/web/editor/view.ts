import type { PhotoCrop } from '../photo/edit.ts';
import { withinPicture } from '../photo/server-edit.ts';
import type { Size } from '../photo/size.ts';

/** The square that the user has chosen, and how the picture is turned under it. Lengths are in the picture's pixels. */
export interface View {
  /** Size of the upright picture, before the user turned it. */
  readonly original: Size;
  /** Clockwise quarter turns, 0 to 3. */
  readonly quarterTurns: number;
  /** Whether the turned picture is mirrored, left to right. */
  readonly mirrored: boolean;
  /** Center of the square on the turned and mirrored picture, from its left. */
  readonly x: number;
  /** Center of the square on the turned and mirrored picture, from its top. */
  readonly y: number;
  /** Edge length of the square. */
  readonly edge: number;
  /** Minimum edge length of the square, which the server's rules require. */
  readonly minEdge: number;
  /** Whether the square may be larger than the picture, so that a background is visible around the picture. */
  readonly fit: boolean;
}

const MAX_ZOOM = 8;
/** Height of the center of the first square on a tall picture. Faces are usually in the upper third. */
const TALL_CENTER = 1 / 3;

/** Returns the largest square in the center of a wide picture, or around the upper third of a tall one. */
export function createView(original: Size, minEdge: number): View {
  const { width, height } = original;
  return clamp({
    original,
    quarterTurns: 0,
    mirrored: false,
    x: width / 2,
    y: height > width ? height * TALL_CENTER : height / 2,
    edge: Math.min(width, height),
    minEdge,
    fit: false,
  });
}

/** Returns the size of the picture as the user has turned it. */
export function turnedSize({ original: { width, height }, quarterTurns }: View): Size {
  return quarterTurns % 2 === 0 ? { width, height } : { width: height, height: width };
}

/** Returns the zoom factor. At 1, the square is as long as the shorter edge of the picture. */
export function zoomOf({ original, edge }: View): number {
  return shorterEdge(original) / edge;
}

/** Returns the lowest and the highest zoom factor of a view. */
export function zoomRange({ original, minEdge, fit }: View): { readonly min: number; readonly max: number } {
  // The extra pixel keeps rounding from making the crop too small.
  const max = Math.min(MAX_ZOOM, Math.max(1, shorterEdge(original) / (minEdge + 1)));
  return { min: fit ? shorterEdge(original) / fittingEdge(original) : 1, max };
}

/** Moves the picture under the square. @param right and @param down are fractions of the square's edge. */
export function movePicture(view: View, right: number, down: number): View {
  return clamp({ ...view, x: view.x - right * view.edge, y: view.y - down * view.edge });
}

/** Zooms to a factor. The point stays in place. It is in fractions of the edge from the center of the square. */
export function zoomTo(view: View, zoom: number, point = { x: 0, y: 0 }): View {
  const { min, max } = zoomRange(view);
  const edge = shorterEdge(view.original) / Math.min(Math.max(zoom, min), max);
  const grown = view.edge - edge;
  return clamp({ ...view, edge, x: view.x + point.x * grown, y: view.y + point.y * grown });
}

/** Turns the picture by 90 degrees, clockwise if `direction` is 1. The center of the square stays in place. */
export function turn(view: View, direction: 1 | -1): View {
  const { width, height } = turnedSize(view);
  return {
    ...view,
    // The picture turns before it is mirrored, and mirroring reverses the direction.
    quarterTurns: (view.quarterTurns + (view.mirrored ? -direction : direction) + 4) % 4,
    x: direction === 1 ? height - view.y : view.y,
    y: direction === 1 ? view.x : width - view.x,
  };
}

/** Swaps left and right. */
export function mirror(view: View): View {
  return { ...view, mirrored: !view.mirrored, x: turnedSize(view).width - view.x };
}

/** Switches between a square inside the picture and one that also shows a background around the whole picture. */
export function toggleFit(view: View): View {
  const { width, height } = turnedSize(view);
  return view.fit
    ? clamp({ ...view, fit: false, edge: shorterEdge(view.original) })
    : { ...view, fit: true, edge: fittingEdge(view.original), x: width / 2, y: height / 2 };
}

/** Returns the square in fractions of the turned and mirrored picture. In fit mode, it can extend beyond it. */
export function cropOf(view: View): PhotoCrop {
  const { width, height } = turnedSize(view);
  const left = (view.x - view.edge / 2) / width;
  const top = (view.y - view.edge / 2) / height;
  const crop = { x: left, y: top, width: view.edge / width, height: view.edge / height };
  return view.fit ? crop : withinPicture(crop);
}

/** Keeps the square inside the picture. Along an edge shorter than the square, keeps the picture inside the square. */
function clamp(view: View): View {
  const { width, height } = turnedSize(view);
  const along = (center: number, length: number) => {
    const near = Math.min(view.edge / 2, length - view.edge / 2);
    return Math.min(Math.max(center, near), length - near);
  };
  return { ...view, x: along(view.x, width), y: along(view.y, height) };
}

function shorterEdge({ width, height }: Size): number {
  return Math.min(width, height);
}

/** Returns the edge of the square whose inscribed circle contains the whole picture, because apps show circles. */
function fittingEdge({ width, height }: Size): number {
  return Math.hypot(width, height);
}
