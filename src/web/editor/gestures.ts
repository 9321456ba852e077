import { movePicture, type View, zoomOf, zoomTo } from './view.ts';

/** A change of the view, such as a move by a few pixels. */
export type Change = (view: View) => View;

interface Position {
  readonly x: number;
  readonly y: number;
}

/** Pixels of wheel movement that multiply the zoom factor by e. */
const WHEEL_SCALE = 300;
/** The same for a pinch on a trackpad, which browsers send as small wheel movements with the Ctrl key. */
const PINCH_SCALE = 100;
/** Pixels per line, for browsers that report wheel movement in lines. */
const LINE_HEIGHT = 16;

/**
 * Turns drags, pinches and wheel movements on an element into changes of the view.
 * @param signal stops listening.
 */
export function listenToGestures(
  element: HTMLElement,
  apply: (change: Change) => void,
  signal: AbortSignal,
): void {
  /** Positions of the pressed pointers. A gesture uses the first two and ignores others. */
  const pointers = new Map<number, Position>();

  const start = (event: PointerEvent) => {
    if (event.button === 0 && pointers.size < 2) {
      element.setPointerCapture(event.pointerId);
      pointers.set(event.pointerId, positionOf(event));
    }
  };
  const move = (event: PointerEvent) => {
    if (pointers.has(event.pointerId)) {
      const before = [...pointers.values()];
      pointers.set(event.pointerId, positionOf(event));
      apply(changeBetween(before, [...pointers.values()], element.getBoundingClientRect()));
    }
  };
  const end = ({ pointerId }: PointerEvent) => void pointers.delete(pointerId);
  const zoomByWheel = (event: WheelEvent) => {
    event.preventDefault();
    const pixels = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? event.deltaY * LINE_HEIGHT : event.deltaY;
    const factor = Math.exp(-pixels / (event.ctrlKey ? PINCH_SCALE : WHEEL_SCALE));
    apply(zoomBy(factor, pointIn(element.getBoundingClientRect(), positionOf(event))));
  };

  element.addEventListener('pointerdown', start, { signal });
  element.addEventListener('pointermove', move, { signal });
  element.addEventListener('pointerup', end, { signal });
  element.addEventListener('pointercancel', end, { signal });
  // By default, browsers scroll first and ignore `preventDefault`.
  element.addEventListener('wheel', zoomByWheel, { signal, passive: false });
}

/** Returns the change that multiplies the zoom factor and keeps a point in place. */
export function zoomBy(factor: number, point?: Position): Change {
  return (view) => zoomTo(view, zoomOf(view) * factor, point);
}

/** Returns the change by one or two pointers that moved: the picture follows their center and their distance. */
function changeBetween(before: readonly Position[], after: readonly Position[], frame: DOMRect): Change {
  const [from, to] = [centerOf(before), centerOf(after)];
  const factor = before.length === 2 ? distanceOf(after) / Math.max(distanceOf(before), 1) : 1;
  return (view) => {
    const moved = movePicture(view, (to.x - from.x) / frame.width, (to.y - from.y) / frame.height);
    return zoomBy(factor, pointIn(frame, to))(moved);
  };
}

function positionOf({ clientX, clientY }: MouseEvent): Position {
  return { x: clientX, y: clientY };
}

/** Returns a position in fractions of a frame's edge, from its center. */
function pointIn({ left, top, width, height }: DOMRect, { x, y }: Position): Position {
  return { x: (x - left) / width - 0.5, y: (y - top) / height - 0.5 };
}

function centerOf(positions: readonly Position[]): Position {
  const sum = positions.reduce((total, { x, y }) => ({ x: total.x + x, y: total.y + y }));
  return { x: sum.x / positions.length, y: sum.y / positions.length };
}

function distanceOf([first, second]: readonly Position[]): number {
  return first && second ? Math.hypot(first.x - second.x, first.y - second.y) : 0;
}
