import { expect, it } from 'vitest';
import { collectGarbage } from '../src/collect-garbage.ts';

it('An object without references is collected', async () => {
  const garbage = new WeakRef({ name: 'garbage' });
  // A new WeakRef keeps its object until the end of the current job.
  await new Promise(setImmediate);
  expect(garbage.deref()).toBeDefined();
  await new Promise(setImmediate);
  collectGarbage();
  expect(garbage.deref()).toBeUndefined();
});
