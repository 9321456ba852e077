import { type Change, zoomBy } from './gestures.ts';
import { mirror, movePicture, turn } from './view.ts';

/** Distance of one press of an arrow key in fractions of the square's edge. */
const STEP = 1 / 80;
const ZOOM_STEP = 1.1;

/** Changes by key. The arrow keys move the picture, as a drag does. */
const CHANGES: Readonly<Record<string, Change>> = {
  ArrowLeft: (view) => movePicture(view, -STEP, 0),
  ArrowRight: (view) => movePicture(view, STEP, 0),
  ArrowUp: (view) => movePicture(view, 0, -STEP),
  ArrowDown: (view) => movePicture(view, 0, STEP),
  '+': zoomBy(ZOOM_STEP),
  '=': zoomBy(ZOOM_STEP),
  '-': zoomBy(1 / ZOOM_STEP),
  _: zoomBy(1 / ZOOM_STEP),
  r: (view) => turn(view, 1),
  R: (view) => turn(view, -1),
  m: mirror,
  M: mirror,
};

/** Returns the change that a key causes while the crop has the focus. Ignores shortcuts of the browser. */
export function changeForKey(event: {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
}): Change | undefined {
  return event.ctrlKey || event.metaKey || event.altKey ? undefined : CHANGES[event.key];
}
