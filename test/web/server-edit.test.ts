import { expect, it } from 'vitest';
import { isServerEdit, withinPicture } from '../../src/web/photo/server-edit.ts';

const RIGHT_HALF = { x: 0.5, y: 0, width: 0.5, height: 1 };

it.for([
  [{}, true],
  [{ crop: RIGHT_HALF }, true],
  [{ crop: { ...RIGHT_HALF, x: 0.5 + 1e-9 } }, true],
  [{ quarterTurns: 4, mirrored: false }, true],
  [{ crop: { ...RIGHT_HALF, x: 0.51 } }, false],
  [{ crop: { ...RIGHT_HALF, y: -0.01 } }, false],
  [{ quarterTurns: -1 }, false],
  [{ mirrored: true }, false],
  [{ background: 'white' }, false],
] as const)('the server can do the edit %j: %s', ([edit, expected]) => {
  expect(isServerEdit(edit)).toBe(expected);
});

it('rounding errors of a crop are clamped at the edges of the picture', () => {
  expect(withinPicture({ x: -1e-9, y: 0.5, width: 1 + 1e-9, height: 0.5 + 1e-9 })).toEqual({
    x: 0,
    y: 0.5,
    width: 1,
    height: 0.5,
  });
});
