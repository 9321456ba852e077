import type { Locator, Page } from 'playwright-core';

/** Positions of the fingers in CSS pixels, right and down from the center of an element. */
type Fingers = readonly (readonly [right: number, down: number])[];

/** Returns a function that touches an element with one or more fingers. */
export async function touchscreen(page: Page, target: Locator) {
  const box = await target.boundingBox();
  if (box === null) {
    throw new Error('The element to touch is not visible.');
  }
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  const session = await page.context().newCDPSession(page);
  return async (type: 'touchStart' | 'touchMove' | 'touchEnd', ...fingers: Fingers): Promise<void> => {
    const touchPoints = fingers.map(([right, down], id) => ({ x: x + right, y: y + down, id }));
    await session.send('Input.dispatchTouchEvent', { type, touchPoints });
  };
}
