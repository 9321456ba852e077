import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { openSqliteDatabase } from '../../src/database/sqlite/sqlite-database.ts';
import { type ReconcileReport, reconcile } from '../../src/pictures/reconcile.ts';
import { openDiskStorage } from '../../src/storage/disk.ts';
import { findPictures } from './portrait.ts';

/** Compares the database with the storage in a stopped server's folder, taking every picture for old. */
export async function reconcileFolder(folder: string): Promise<ReconcileReport> {
  const database = openSqliteDatabase(join(folder, 'data/portrait.db'));
  try {
    const storage = await openDiskStorage(join(folder, 'pictures'), database.instance);
    const inTwoDays = new Date(Date.now() + 48 * 60 * 60 * 1000);
    return await reconcile({ database, storage }, { delete: false, force: false, now: inTwoDays });
  } finally {
    await database.close();
  }
}

/** Names of the files of published pictures that cannot be decoded, and of folders that lack a file. */
export async function findBroken(folder: string): Promise<string[]> {
  const broken: string[] = [];
  for (const picture of await findPictures(join(folder, 'pictures'))) {
    const names = await readdir(join(folder, 'pictures', picture));
    if (!names.includes('64.webp') || names.length % 2 !== 0) {
      broken.push(`${picture}: ${names.join(' ')}`);
    }
    for (const name of names) {
      const file = join(folder, 'pictures', picture, name);
      const whole = await sharp(file, { failOn: 'error' })
        .raw()
        .toBuffer()
        .then(
          () => true,
          () => false,
        );
      if (!whole) {
        broken.push(`${picture}/${name}`);
      }
    }
  }
  return broken;
}
