import { describe, expect, it } from 'vitest';
import { placementOf } from '../../src/web/editor/placement.ts';
import {
  createView,
  cropOf,
  mirror,
  movePicture,
  toggleFit,
  turn,
  type View,
  zoomOf,
  zoomRange,
  zoomTo,
} from '../../src/web/editor/view.ts';

const MIN_EDGE = 32;
const wide = createView({ width: 400, height: 200 }, MIN_EDGE);
const tall = createView({ width: 300, height: 1200 }, MIN_EDGE);

/** Returns the square in pixels of the turned and mirrored picture: its left, its top and its edges. */
function squareOf(view: View): number[] {
  const { x, y, width, height } = cropOf(view);
  const odd = view.quarterTurns % 2 === 1;
  const [across, down] = odd
    ? [view.original.height, view.original.width]
    : [view.original.width, view.original.height];
  return [x * across, y * down, width * across, height * down].map((pixels) => Math.round(pixels));
}

describe('The first square', () => {
  it.for([
    ['a wide picture is in its center', 400, 200, [100, 0, 200, 200]],
    ['a square picture is the whole picture', 300, 300, [0, 0, 300, 300]],
    ['a tall picture has its center at a third of the height', 300, 1200, [0, 250, 300, 300]],
    ['a slightly tall picture is at its top', 300, 400, [0, 0, 300, 300]],
  ] as const)('of %s', ([, width, height, square]) => {
    expect(squareOf(createView({ width, height }, MIN_EDGE))).toEqual(square);
  });
});

describe('The square', () => {
  it('stays inside the picture, however far the user moves the picture', () => {
    expect(squareOf(movePicture(wide, 9, 9))).toEqual([0, 0, 200, 200]);
    expect(squareOf(movePicture(wide, -9, -9))).toEqual([200, 0, 200, 200]);
    expect(squareOf(movePicture(zoomTo(wide, 2), -9, -9))).toEqual([300, 100, 100, 100]);
  });

  it('follows a move by fractions of its edge, in the opposite direction', () => {
    expect(squareOf(movePicture(zoomTo(wide, 2), 0.5, -0.25))).toEqual([100, 75, 100, 100]);
  });

  it('keeps the detail under the pointer in place when the user zooms', () => {
    const before = zoomTo(wide, 2);
    const point = { x: 0.4, y: -0.3 };
    const after = zoomTo(before, 3, point);
    expect(after.x + point.x * after.edge).toBeCloseTo(before.x + point.x * before.edge, 9);
    expect(after.y + point.y * after.edge).toBeCloseTo(before.y + point.y * before.edge, 9);
  });

  it('is never smaller than the server allows, nor than an eighth of the shorter edge', () => {
    expect(zoomTo(wide, 99).edge).toBe(33);
    expect(zoomOf(zoomTo(tall, 99))).toBe(8);
    expect(zoomRange(createView({ width: 32, height: 32 }, MIN_EDGE))).toEqual({ min: 1, max: 1 });
  });

  it('has fractions from 0 to 1, whatever the rounding', () => {
    for (const [width, height] of [
      [333, 777],
      [1001, 333],
      [3, 7],
    ] as const) {
      for (const direction of [-9, 9]) {
        const crop = cropOf(movePicture(createView({ width, height }, 1), direction, direction));
        expect(Math.min(crop.x, crop.y)).toBeGreaterThanOrEqual(0);
        expect(Math.max(crop.x + crop.width, crop.y + crop.height)).toBeLessThanOrEqual(1);
      }
    }
  });
});

describe('A quarter turn', () => {
  // A square near the top left corner of the upright picture.
  const corner = movePicture(zoomTo(wide, 4), 9, 9);

  it('keeps the square on its detail', () => {
    expect(squareOf(corner)).toEqual([0, 0, 50, 50]);
    expect(squareOf(turn(corner, 1))).toEqual([150, 0, 50, 50]);
    expect(squareOf(turn(corner, -1))).toEqual([0, 350, 50, 50]);
    expect(squareOf(mirror(corner))).toEqual([350, 0, 50, 50]);
  });

  it('turns a mirrored picture in the same visible direction', () => {
    const mirrored = turn(mirror(corner), 1);
    expect(mirrored).toMatchObject({ quarterTurns: 3, mirrored: true });
    // The mirrored picture has the detail at its top right, so a clockwise turn moves it to the bottom right.
    expect(squareOf(mirrored)).toEqual([150, 350, 50, 50]);
  });

  it('is undone by the opposite turn, by three more turns, and mirroring by mirroring', () => {
    const turns = [1, 1, 1, 1] as const;
    expect(turns.reduce<View>(turn, corner)).toEqual(corner);
    expect(turn(turn(mirror(corner), 1), -1)).toEqual(mirror(corner));
    expect(mirror(mirror(corner))).toEqual(corner);
  });
});

describe('Fit mode', () => {
  it('shows the whole picture in a circle, and the background around it', () => {
    const fit = toggleFit(createView({ width: 400, height: 300 }, MIN_EDGE));
    expect(fit.edge).toBe(500);
    expect(squareOf(fit)).toEqual([-50, -100, 500, 500]);
    expect(zoomRange(fit).min).toBeCloseTo(0.6, 9);
  });

  it('keeps the picture in the square', () => {
    const fit = movePicture(toggleFit(createView({ width: 400, height: 300 }, MIN_EDGE)), 9, 9);
    expect(squareOf(fit)).toEqual([-100, -200, 500, 500]);
  });

  it('ends with the square inside the picture', () => {
    const fit = movePicture(toggleFit(wide), -9, 9);
    expect(squareOf(toggleFit(fit))).toEqual([expect.any(Number), 0, 200, 200]);
    expect(toggleFit(fit).fit).toBe(false);
  });
});

it('An image is placed so that the square fills its frame', () => {
  expect(placementOf(wide)).toEqual({
    width: '200%',
    height: '100%',
    transform: 'translate(-50%, -50%) scaleX(1) rotate(0deg)',
  });
  const edited = mirror(turn(movePicture(zoomTo(wide, 2), 9, 9), 1));
  expect(placementOf(edited)).toEqual({
    width: '400%',
    height: '200%',
    transform: 'translate(-37.5%, 25%) scaleX(-1) rotate(90deg)',
  });
});
