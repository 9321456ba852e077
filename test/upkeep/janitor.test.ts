import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { picturePath } from '../../src/storage/storage.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { startJanitor, sweep, TRASH_MS } from '../../src/upkeep/janitor.ts';
import { openPictureStore } from '../support/picture-store.ts';
import { ANN, BOB, EVE, writerOf } from '../support/writers.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const YEAR = 365 * DAY;

/** Starts a janitor that sweeps continuously, and whose clocks the test sets. */
async function janitorWithClocks() {
  const store = await openPictureStore();
  const lines: string[] = [];
  const clocks = { wall: Date.now(), monotonic: 0 };
  const logger = createLogger('info', { write: (line) => lines.push(line) });
  const stop = startJanitor(
    { ...store, logger },
    { interval: 1, clocks: { wall: () => clocks.wall, monotonic: () => clocks.monotonic } },
  );
  onTestFinished(stop);
  return {
    store,
    lines,
    /** Advances both clocks. */
    advance(time: number) {
      clocks.wall += time;
      clocks.monotonic += time;
    },
    /** Moves the wall clock alone. */
    jump(time: number) {
      clocks.wall += time;
    },
    /** Resolves after at least one more whole sweep. A sweep first finishes open deletions, then purges the trash. */
    async nextSweep() {
      for (let sweeps = 0; sweeps < 3; sweeps += 1) {
        const id = await store.makeLive('eve');
        await store.database.beginDeletion(EVE);
        await expect.poll(() => store.database.stateOf(id), { interval: 5 }).toBeNull();
      }
    },
  };
}

describe('The janitor', () => {
  it('keeps pictures that have been in the trash for less than 7 days, and deletes older ones with their rows', async () => {
    const store = await openPictureStore();
    const first = await store.makeLive('ann');
    const second = await store.makeLive('ann');
    expect(await sweep(store, new Date(Date.now() + TRASH_MS - MINUTE))).toBe(0);
    expect(await store.storage.exists(picturePath(first))).toBe(true);
    expect(await sweep(store, new Date(Date.now() + TRASH_MS + MINUTE))).toBe(1);
    expect(await store.storage.exists(picturePath(first))).toBe(false);
    expect(await store.database.stateOf(first)).toBeNull();
    expect(await store.database.stateOf(second)).toBe('live');
    expect(await store.storage.exists(picturePath(second))).toBe(true);
  });

  it('finishes a deletion that failed halfway', async () => {
    const store = await openPictureStore();
    const id = await store.makeLive('ann');
    await store.database.beginDeletion(ANN);
    expect(await sweep(store, new Date())).toBe(0);
    expect(await store.storage.exists(picturePath(id))).toBe(false);
    expect(await store.database.stateOf(id)).toBeNull();
  });

  it('does not touch an upload in progress', async () => {
    const store = await openPictureStore();
    const pending = await store.accept('ann');
    expect(await sweep(store, new Date(Date.now() + TRASH_MS + MINUTE))).toBe(0);
    expect(await store.database.stateOf(pending)).toBe('pending');
    expect(await store.storage.exists(picturePath(pending))).toBe(true);
  });

  it('purges more pictures than one batch', async () => {
    const store = await openPictureStore();
    for (let count = 0; count < 119; count += 1) {
      const user = writerOf(`user-${count}`);
      await store.makeLive(user.subject);
      await store.database.moveToTrash(user, new Date());
    }
    await store.makeLive('ann');
    expect(await sweep(store, new Date(Date.now() + TRASH_MS + MINUTE))).toBe(119);
    expect(await Array.fromAsync(store.storage.list())).toHaveLength(1);
  });

  it('continues after a picture that cannot be deleted, and deletes that picture as soon as it can', async () => {
    const store = await openPictureStore();
    const lines: string[] = [];
    const parts = { ...store, logger: createLogger('info', { write: (line) => lines.push(line) }) };
    const stuck = await store.makeLive('ann');
    const next = await store.makeLive('bob');
    await store.database.beginDeletion(ANN);
    await store.database.beginDeletion(BOB);
    const folder = join(store.folder, 'pictures', picturePath(stuck), '..');
    await rename(folder, `${folder}.away`);
    await writeFile(folder, 'no folder');
    await sweep(parts, new Date());
    expect(await store.database.stateOf(stuck)).toBe('deleting');
    expect(await store.database.stateOf(next)).toBeNull();
    expect(lines.map((line) => JSON.parse(line)).filter(({ level }) => level === 40)).toMatchObject([
      { msg: expect.stringContaining('Could not delete pictures'), pictures: 1 },
    ]);
    await rm(folder);
    await rename(`${folder}.away`, folder);
    await sweep(parts, new Date());
    expect(await store.database.stateOf(stuck)).toBeNull();
    expect(await Array.fromAsync(store.storage.list())).toEqual([]);
  });
});

describe('A sweep that takes longer than the interval', () => {
  it('is not followed by a backlog of sweeps, which would outlive the janitor', async () => {
    const store = await openPictureStore();
    const slow = Promise.withResolvers<void>();
    let sweeps = 0;
    const storage = {
      ...store.storage,
      async clearStaging(...args: Parameters<typeof store.storage.clearStaging>) {
        sweeps += 1;
        await slow.promise;
        await store.storage.clearStaging(...args);
      },
    };
    const stop = startJanitor({ ...store, storage }, { interval: 1 });
    let ticks = 0;
    const ticking = setInterval(() => {
      ticks += 1;
    }, 1);
    await expect.poll(() => ticks).toBeGreaterThan(10);
    clearInterval(ticking);
    const stopped = stop();
    slow.resolve();
    await stopped;
    expect(sweeps).toBe(1);
  });
});

describe('A janitor whose clock jumps', () => {
  it('keeps recently trashed pictures for a day, and then trusts the clock', async () => {
    const { store, lines, advance, jump, nextSweep } = await janitorWithClocks();
    const trashed = await store.makeLive('ann');
    await store.makeLive('ann');
    jump(5 * YEAR);
    await nextSweep();
    advance(DAY - MINUTE);
    await nextSweep();
    expect(await store.database.stateOf(trashed)).toBe('trash');
    expect(lines.map((line) => JSON.parse(line)).filter(({ level }) => level === 40)).toMatchObject([
      { msg: 'The clock jumped; not emptying the trash for a day', seconds: (5 * YEAR) / 1000 },
    ]);
    advance(MINUTE);
    await expect.poll(() => store.database.stateOf(trashed)).toBeNull();
  });

  it('keeps pictures that were trashed while the clock was behind, after the clock is corrected', async () => {
    const { store, advance, jump, nextSweep } = await janitorWithClocks();
    jump(-5 * YEAR);
    await nextSweep();
    advance(2 * DAY);
    const id = await store.makeLive('ann');
    await store.database.moveToTrash(ANN, new Date(Date.now() - 5 * YEAR));
    jump(5 * YEAR);
    await nextSweep();
    expect(await store.database.stateOf(id)).toBe('trash');
  });

  it('ignores jumps of less than a day, and the normal passing of time', async () => {
    const { store, lines, advance, jump, nextSweep } = await janitorWithClocks();
    const trashed = await store.makeLive('ann');
    await store.makeLive('ann');
    jump(DAY - MINUTE);
    await nextSweep();
    advance(TRASH_MS - DAY);
    await nextSweep();
    expect(await store.database.stateOf(trashed)).toBe('trash');
    advance(2 * MINUTE);
    await expect.poll(() => store.database.stateOf(trashed)).toBeNull();
    expect(lines.filter((line) => line.includes('jumped'))).toEqual([]);
  });
});
