import type { PictureParts } from '../pictures/picture-parts.ts';
import { StorageBusyError } from '../storage/errors.ts';
import { StorageMismatchError } from './errors.ts';

/**
 * For start-up: whether a database and a storage can be those of one another. If one of them is empty and the other is
 * not, a volume is not mounted or a path is wrong, and what is written then would be missing later.
 * Rejects with StorageMismatchError. A storage that does not answer yet may be the right one.
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
    throw new StorageMismatchError('the database knows pictures, but the storage holds none');
  }
  // The very first upload may have been cut off before it was live.
  if (
    stored === undefined &&
    found !== undefined &&
    !(await database.knownPaths([found.path])).has(found.path)
  ) {
    throw new StorageMismatchError('the storage holds pictures, but the database knows none');
  }
}

async function firstOf<T>(items: AsyncIterable<T>): Promise<T | undefined> {
  for await (const item of items) {
    return item;
  }
  return undefined;
}
