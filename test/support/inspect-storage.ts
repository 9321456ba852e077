import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import sharp from 'sharp';
import { expect } from 'vitest';
import { openSqliteDatabase } from '../../src/database/sqlite/sqlite-database.ts';
import { openDiskStorage } from '../../src/storage/disk.ts';
import { picturePath } from '../../src/storage/storage.ts';
import { type ReconcileReport, reconcile } from '../../src/upkeep/reconcile.ts';
import { findPictures } from './portrait.ts';

const TWO_DAYS_MS = 48 * 60 * 60 * 1000;
const FORMATS = { webp: 'webp', jpg: 'jpeg' } as const;

/**
 * Expects of a server's folder after a fault that every acknowledged picture exists, all published pictures are
 * complete, and nothing is unfinished. Also expects that `reconcile` finds nothing, regardless of age. The server must
 * have restarted since the fault, and must now be idle or stopped.
 * @param acknowledged IDs of pictures that were neither purged nor removed permanently.
 */
export async function expectNothingLost(folder: string, acknowledged: Iterable<string>): Promise<void> {
  const published = await findPictures(join(folder, 'pictures'));
  expect([...acknowledged].map(picturePath).filter((path) => !published.includes(path))).toEqual([]);
  expect(await findBroken(folder)).toEqual([]);
  expect(await readdir(join(folder, 'pictures/.staging'))).toEqual([]);
  const received = await readdir(join(folder, 'uploads'));
  expect(received.filter((name) => /\.(upload|spool)$/.test(name))).toEqual([]);
  expect(findUnfinished(folder)).toEqual([]);
  expect(await reconcileFolder(folder)).toEqual({
    found: published.length,
    unknown: [],
    deleted: 0,
    stopped: false,
    missing: [],
  });
}

/** Compares the database with the storage in a server's folder, as if every picture were two days older. */
export async function reconcileFolder(folder: string): Promise<ReconcileReport> {
  const database = openSqliteDatabase(join(folder, 'data/portrait.db'), { mustExist: true });
  try {
    const storage = await openDiskStorage(join(folder, 'pictures'), database.instance);
    const now = new Date(Date.now() + TWO_DAYS_MS);
    return await reconcile({ database, storage }, { delete: false, force: false, now });
  } finally {
    await database.close();
  }
}

/** Returns the rows of unfinished uploads, and of pictures and users whose deletion is unfinished. */
function findUnfinished(folder: string): unknown[] {
  const client = new Sqlite(join(folder, 'data/portrait.db'), { readonly: true });
  try {
    return client
      .prepare(
        `SELECT id, state FROM pictures WHERE state IN ('pending', 'deleting')
         UNION ALL SELECT id, 'deleting' FROM users WHERE deleting`,
      )
      .all();
  } finally {
    client.close();
  }
}

/** Lists faults of published pictures: missing files, and renditions that do not decode or have the wrong size. */
export async function findBroken(folder: string): Promise<string[]> {
  const broken: string[] = [];
  for (const picture of await findPictures(join(folder, 'pictures'))) {
    const names = await readdir(join(folder, 'pictures', picture));
    const sizes = names.filter((name) => name.endsWith('.webp')).map((name) => Number.parseInt(name, 10));
    const expected = sizes.flatMap((size) => [`${size}.jpg`, `${size}.webp`]);
    if (!sizes.includes(64) || names.toSorted().join() !== expected.toSorted().join()) {
      broken.push(`${picture}: ${names.join(' ')}`);
    }
    for (const name of names) {
      const fault = await describeFault(join(folder, 'pictures', picture, name));
      if (fault !== undefined) {
        broken.push(`${picture}/${name}: ${fault}`);
      }
    }
  }
  return broken;
}

async function describeFault(file: string): Promise<string | undefined> {
  const [, size, extension] = /\/(\d+)\.(webp|jpg)$/.exec(file) ?? [];
  try {
    const { format } = await sharp(file).metadata();
    const { info } = await sharp(file, { failOn: 'error' }).raw().toBuffer({ resolveWithObject: true });
    const hasSize = info.width === Number(size) && info.height === Number(size);
    return hasSize && format === FORMATS[extension as keyof typeof FORMATS]
      ? undefined
      : `${format} of ${info.width} x ${info.height}`;
  } catch (error) {
    return (error as Error).message;
  }
}
