import type { PictureParts } from '../pictures/picture-parts.ts';
import { StorageBusyError } from '../storage/errors.ts';
import { StorageMismatchError } from './errors.ts';

/**
 * Checks at start-up whether a database and a storage can belong together. If only one of them is empty, a volume is
 * not mounted or a path is wrong, and new pictures would be missing later. Rejects with StorageMismatchError.
 * Resolves if the storage does not respond, because it may be the right one.
 */
export async function checkMatch(parts: Pick<PictureParts, 'database' | 'storage'>): Promise<void> {
  try {
    await compare(parts);
  } catch (error) {
    if (!(error instanceof StorageBusyError)) {
      throw error;
    }
  }
}

async function compare({ database, storage }: Pick<PictureParts, 'database' | 'storage'>): Promise<void> {
  const stored = await firstOf(database.storedPictures());
  const found = await firstOf(storage.list());
  if (stored !== undefined && found === undefined) {
    throw new StorageMismatchError('the database has pictures, but the storage has none');
  }
  // The very first upload may have been interrupted before it went live.
  if (
    stored === undefined &&
    found !== undefined &&
    !(await database.knownPaths([found.path])).has(found.path)
  ) {
    throw new StorageMismatchError('the storage has pictures, but the database has none');
  }
}

async function firstOf<T>(items: AsyncIterable<T>): Promise<T | undefined> {
  for await (const item of items) {
    return item;
  }
  return undefined;
}
