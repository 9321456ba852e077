import pLimit from 'p-limit';
import type { PictureParts } from '../pictures/picture-parts.ts';

export interface ReconcileOptions {
  /** Without it nothing is changed. */
  readonly delete: boolean;
  /** Deletes even if suspiciously much is unknown. */
  readonly force: boolean;
  readonly now: Date;
}

export interface ReconcileReport {
  /** Pictures in the storage. */
  readonly found: number;
  /** Paths in the storage, old enough, that no row names. */
  readonly unknown: readonly string[];
  readonly deleted: number;
  /** So much is unknown that the storage and the database may not belong together: nothing was deleted. */
  readonly stopped: boolean;
  /** Ids of live and trashed pictures whose files are not in the storage. */
  readonly missing: readonly string[];
}

/** Younger pictures may belong to an upload under way. */
const MIN_AGE_MS = 24 * 60 * 60 * 1000;
const SUSPICIOUS_COUNT = 100;
const SUSPICIOUS_SHARE = 0.05;
const BATCH_SIZE = 500;
/** A storage that is far away needs some milliseconds for each. */
const CHECKS_AT_ONCE = 32;

/** Compares the whole storage with the database, and deletes, if told, what no row names. */
export async function reconcile(
  { database, storage }: Pick<PictureParts, 'database' | 'storage'>,
  options: ReconcileOptions,
): Promise<ReconcileReport> {
  const unknown: string[] = [];
  let found = 0;
  let named = 0;
  for await (const batch of inBatches(storage.list(), BATCH_SIZE)) {
    found += batch.length;
    const known = await database.knownPaths(batch.map((entry) => entry.path));
    named += known.size;
    const oldEnough = options.now.getTime() - MIN_AGE_MS;
    for (const { path, modifiedAt } of batch) {
      if (!known.has(path) && modifiedAt.getTime() < oldEnough) {
        unknown.push(path);
      }
    }
  }
  const tooMany = unknown.length > SUSPICIOUS_COUNT && unknown.length > found * SUSPICIOUS_SHARE;
  const suspicious = tooMany || (unknown.length > 0 && named === 0);
  const stopped = options.delete && suspicious && !options.force;
  let deleted = 0;
  if (options.delete && !stopped) {
    for (let start = 0; start < unknown.length; start += BATCH_SIZE) {
      const batch = unknown.slice(start, start + BATCH_SIZE);
      await storage.delete(batch);
      deleted += batch.length;
    }
  }
  return { found, unknown, deleted, stopped, missing: await findMissing({ database, storage }) };
}

async function findMissing({
  database,
  storage,
}: Pick<PictureParts, 'database' | 'storage'>): Promise<string[]> {
  const missing: string[] = [];
  const limit = pLimit(CHECKS_AT_ONCE);
  for await (const batch of database.storedPictures()) {
    const absent = await limit.map(batch, async ({ id, path }) => {
      if (await storage.exists(path)) {
        return [];
      }
      // Asked again, since it may have been deleted since its row was read.
      const state = await database.stateOf(id);
      return state === 'live' || state === 'trash' ? [id] : [];
    });
    missing.push(...absent.flat());
  }
  return missing;
}

async function* inBatches<T>(items: AsyncIterable<T>, size: number): AsyncIterable<T[]> {
  let batch: T[] = [];
  for await (const item of items) {
    batch.push(item);
    if (batch.length === size) {
      yield batch;
      batch = [];
    }
  }
  yield batch;
}
