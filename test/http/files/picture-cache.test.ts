import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Picture } from '../../../src/http/files/picture.ts';
import { PictureCache } from '../../../src/http/files/picture-cache.ts';
import type { PictureReader } from '../../../src/storage/storage.ts';
import { createLogger } from '../../../src/telemetry/logger.ts';

const SECOND_MS = 1_000;
const PICTURE = `00/00/pic_${'0'.repeat(32)}`;
const FILE = `${PICTURE}/64.webp`;

/** Opens a cache with one picture, a clock that the test sets, and checks whose results the test sets. */
function openCache() {
  const clock = { now: 0 };
  const checks: PromiseWithResolvers<boolean>[] = [];
  const has: PictureReader['has'] = () => {
    const check = Promise.withResolvers<boolean>();
    checks.push(check);
    return check.promise;
  };
  const logger = createLogger('silent');
  const cache = new PictureCache({ maxBytes: 2 ** 20, has, logger, now: () => clock.now });
  cache.add(new Picture(FILE, Buffer.alloc(100), new Date(0)));
  const settle = async (act: (check: PromiseWithResolvers<boolean>) => void) => {
    act(checks.at(-1) as PromiseWithResolvers<boolean>);
    await cache.checked(FILE);
    await nextTurn();
  };
  return { cache, clock, checks, settle, isServed: () => cache.get(FILE) !== undefined };
}

describe('A cached picture', () => {
  it('is checked in the background from the age of 20 s, once at a time', async () => {
    const { clock, checks, settle, isServed } = openCache();
    clock.now = 19 * SECOND_MS;
    expect(isServed()).toBe(true);
    expect(checks).toHaveLength(0);
    clock.now = 20 * SECOND_MS;
    expect([isServed(), isServed()]).toEqual([true, true]);
    expect(checks).toHaveLength(1);
    await settle((check) => check.resolve(true));
    // Its age counts from the begin of the check.
    clock.now = 39 * SECOND_MS;
    expect(isServed()).toBe(true);
    expect(checks).toHaveLength(1);
    clock.now = 40 * SECOND_MS;
    expect(isServed()).toBe(true);
    expect(checks).toHaveLength(2);
  });

  it('is removed if a check finds that another instance has deleted it', async () => {
    const { cache, clock, settle, isServed } = openCache();
    clock.now = 20 * SECOND_MS;
    isServed();
    await settle((check) => check.resolve(false));
    expect([isServed(), cache.bytes]).toEqual([false, 0]);
  });

  it('is not served after 45 s without a check, and is out of memory after the next sweep', () => {
    const { cache, clock, isServed } = openCache();
    clock.now = 45 * SECOND_MS - 1;
    cache.removeExpired();
    expect(cache.bytes).toBeGreaterThan(0);
    clock.now = 45 * SECOND_MS;
    expect(isServed()).toBe(false);
    cache.removeExpired();
    expect(cache.bytes).toBe(0);
  });

  it('survives a sweep during its check, but is not served until the check has ended', async () => {
    const { cache, clock, settle, isServed } = openCache();
    clock.now = 44 * SECOND_MS;
    isServed();
    clock.now = 50 * SECOND_MS;
    cache.removeExpired();
    expect(isServed()).toBe(false);
    await settle((check) => check.resolve(true));
    expect(isServed()).toBe(true);
  });

  it('is served while the storage is unavailable, but not for more than an hour', async () => {
    const { cache, clock, settle, isServed } = openCache();
    for (clock.now = 20 * SECOND_MS; clock.now < 3600 * SECOND_MS; clock.now += 20 * SECOND_MS) {
      expect(isServed()).toBe(true);
      await settle((check) => check.reject(new Error('unavailable')));
      cache.removeExpired();
    }
    expect(isServed()).toBe(true);
    await settle((check) => check.reject(new Error('unavailable')));
    expect([isServed(), cache.bytes]).toEqual([false, 0]);
  });

  it('does not return when a check ends after its deletion', async () => {
    const { cache, clock, checks, isServed } = openCache();
    clock.now = 20 * SECOND_MS;
    isServed();
    cache.remove(PICTURE);
    checks[0]?.resolve(true);
    await nextTurn();
    expect([isServed(), cache.bytes]).toEqual([false, 0]);
  });

  it('stays if a check of its predecessor finds nothing', async () => {
    const { cache, clock, checks, isServed } = openCache();
    clock.now = 20 * SECOND_MS;
    isServed();
    cache.add(new Picture(FILE, Buffer.alloc(100), new Date(0)));
    checks[0]?.resolve(false);
    await nextTurn();
    expect(isServed()).toBe(true);
  });
});

it('Removing a picture removes all of its files, and no others', () => {
  const { cache } = openCache();
  const others = [`${PICTURE}/64.jpg`, `00/00/pic_${'0'.repeat(31)}1/64.webp`];
  for (const file of others) {
    cache.add(new Picture(file, Buffer.alloc(100), new Date(0)));
  }
  cache.remove(PICTURE);
  expect([FILE, ...others].map((file) => cache.get(file)?.file)).toEqual([undefined, undefined, others[1]]);
});
