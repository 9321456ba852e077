import pLimit from 'p-limit';
import type { PictureParts } from '../pictures/picture-parts.ts';

export interface ReconcileOptions {
  /** True to delete unknown pictures. False for a dry run. */
  readonly delete: boolean;
  /** True to delete even if there are suspiciously many unknown pictures. */
  readonly force: boolean;
  readonly now: Date;
}

export interface ReconcileReport {
  /** Number of pictures in the storage. */
  readonly found: number;
  /** Paths in the storage that no row contains and that are older than a day. */
  readonly unknown: readonly string[];
  readonly deleted: number;
  /** True if nothing was deleted, because with so many unknown pictures the storage may belong to another database. */
  readonly stopped: boolean;
  /** Ids of live and trashed pictures whose files are not in the storage. */
  readonly missing: readonly string[];
}

/** Minimum age of unknown pictures. Younger ones may belong to an upload in progress. */
const MIN_AGE_MS = 24 * 60 * 60 * 1000;
/** Unknown pictures are suspicious if they exceed both this number and this share of all pictures. */
const SUSPICIOUS_COUNT = 100;
const SUSPICIOUS_SHARE = 0.05;
const BATCH_SIZE = 500;
/** Concurrent checks. A remote storage takes some milliseconds for each. */
const MAX_CONCURRENT_CHECKS = 32;

/** Compares the whole storage with the database. On request, deletes pictures that no row contains. */
export async function reconcile(
  { database, storage }: Pick<PictureParts, 'database' | 'storage'>,
  options: ReconcileOptions,
): Promise<ReconcileReport> {
  const unknown: string[] = [];
  let found = 0;
  let matched = 0;
  for await (const batch of inBatches(storage.list(), BATCH_SIZE)) {
    found += batch.length;
    const known = await database.knownPaths(batch.map((entry) => entry.path));
    matched += known.size;
    const oldEnough = options.now.getTime() - MIN_AGE_MS;
    for (const { path, modifiedAt } of batch) {
      if (!known.has(path) && modifiedAt.getTime() < oldEnough) {
        unknown.push(path);
      }
    }
  }
  const tooMany = unknown.length > SUSPICIOUS_COUNT && unknown.length > found * SUSPICIOUS_SHARE;
  const suspicious = tooMany || (unknown.length > 0 && matched === 0);
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
  const limit = pLimit(MAX_CONCURRENT_CHECKS);
  for await (const batch of database.storedPictures()) {
    const absent = await limit.map(batch, async ({ id, path }) => {
      if (await storage.exists(path)) {
        return [];
      }
      // Query the state again, because the picture may have been deleted since its row was read.
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
