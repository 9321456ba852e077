import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { picturePath } from '../../src/storage/storage.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { startJanitor, sweep, TRASH_MS } from '../../src/upkeep/janitor.ts';
import { openPictureStore } from '../support/picture-store.ts';
import { ANN, BOB, EVE } from '../support/writers.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const YEAR = 365 * DAY;

/** A janitor that sweeps all the time, and whose clocks the test sets. */
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
    /** Both clocks go on, as they do. */
    pass(time: number) {
      clocks.wall += time;
      clocks.monotonic += time;
    },
    jump(time: number) {
      clocks.wall += time;
    },
    /** Resolves when at least one more sweep has begun and ended: each finishes deletions that it finds, then purges. */
    async swept() {
      for (let sweeps = 0; sweeps < 3; sweeps += 1) {
        const id = await store.makeLive('eve');
        await store.database.beginDeletion(EVE);
        await expect.poll(() => store.database.stateOf(id), { interval: 5 }).toBeNull();
      }
    },
  };
}

describe('The janitor', () => {
  it('keeps what has been in the trash for less than 7 days, and deletes the rest with its row', async () => {
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

  it('finishes a deletion that failed half way', async () => {
    const store = await openPictureStore();
    const id = await store.makeLive('ann');
    await store.database.beginDeletion(ANN);
    expect(await sweep(store, new Date())).toBe(0);
    expect(await store.storage.exists(picturePath(id))).toBe(false);
    expect(await store.database.stateOf(id)).toBeNull();
  });

  it('leaves alone an upload that is under way', async () => {
    const store = await openPictureStore();
    const pending = await store.accept('ann');
    expect(await sweep(store, new Date(Date.now() + TRASH_MS + MINUTE))).toBe(0);
    expect(await store.database.stateOf(pending)).toBe('pending');
    expect(await store.storage.exists(picturePath(pending))).toBe(true);
  });

  it('empties a trash of more than one batch', async () => {
    const store = await openPictureStore();
    for (let count = 0; count < 119; count += 1) {
      const user = { id: `user-${count}`, name: null };
      await store.makeLive(user.id);
      await store.database.moveToTrash(user, new Date());
    }
    await store.makeLive('ann');
    expect(await sweep(store, new Date(Date.now() + TRASH_MS + MINUTE))).toBe(119);
    expect(await Array.fromAsync(store.storage.list())).toHaveLength(1);
  });

  it('goes on behind a picture that cannot be deleted, and deletes that when it can', async () => {
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

describe('A janitor whose clock jumps', () => {
  it('keeps what has just come into the trash, for a day; then it believes the clock', async () => {
    const { store, lines, pass, jump, swept } = await janitorWithClocks();
    const trashed = await store.makeLive('ann');
    await store.makeLive('ann');
    jump(5 * YEAR);
    await swept();
    pass(DAY - MINUTE);
    await swept();
    expect(await store.database.stateOf(trashed)).toBe('trash');
    expect(lines.map((line) => JSON.parse(line)).filter(({ level }) => level === 40)).toMatchObject([
      { msg: 'The clock jumped; not emptying the trash for a day', seconds: (5 * YEAR) / 1000 },
    ]);
    pass(MINUTE);
    await expect.poll(() => store.database.stateOf(trashed)).toBeNull();
  });

  it('keeps what came into the trash while the clock was set back, when that is put right', async () => {
    const { store, pass, jump, swept } = await janitorWithClocks();
    jump(-5 * YEAR);
    await swept();
    pass(2 * DAY);
    const id = await store.makeLive('ann');
    await store.database.moveToTrash(ANN, new Date(Date.now() - 5 * YEAR));
    jump(5 * YEAR);
    await swept();
    expect(await store.database.stateOf(id)).toBe('trash');
  });

  it('takes no notice when it is put right by a little, or when much time has passed', async () => {
    const { store, lines, pass, jump, swept } = await janitorWithClocks();
    const trashed = await store.makeLive('ann');
    await store.makeLive('ann');
    jump(DAY - MINUTE);
    await swept();
    pass(TRASH_MS - DAY);
    await swept();
    expect(await store.database.stateOf(trashed)).toBe('trash');
    pass(2 * MINUTE);
    await expect.poll(() => store.database.stateOf(trashed)).toBeNull();
    expect(lines.filter((line) => line.includes('jumped'))).toEqual([]);
  });
});
