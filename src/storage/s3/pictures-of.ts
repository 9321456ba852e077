import { PICTURE_PATH } from '../storage.ts';
import type { StoredObject } from './bucket.ts';

interface ListedPicture {
  readonly path: string;
  readonly modifiedAt: Date;
}

/** Yields the pictures that objects belong to, with the time of their latest object. Skips objects with other names. */
export async function* picturesOf(
  objects: AsyncIterable<StoredObject>,
  prefix: string,
): AsyncIterable<ListedPicture> {
  // The objects of a picture follow each other, because the objects are sorted by key.
  let last: ListedPicture | undefined;
  for await (const { key, modifiedAt } of objects) {
    const path = key.slice(prefix.length, key.lastIndexOf('/'));
    if (path === last?.path) {
      last = { path, modifiedAt: last.modifiedAt > modifiedAt ? last.modifiedAt : modifiedAt };
    } else if (PICTURE_PATH.test(path)) {
      if (last !== undefined) {
        yield last;
      }
      last = { path, modifiedAt };
    }
  }
  if (last !== undefined) {
    yield last;
  }
}
