import { PICTURE_PATH } from '../storage.ts';
import type { StoredObject } from './bucket.ts';

interface ListedPicture {
  readonly path: string;
  readonly modifiedAt: Date;
}

/** The pictures that objects belong to, with the time of the latest; objects with other names are left out. */
export async function* picturesOf(
  objects: AsyncIterable<StoredObject>,
  prefix: string,
): AsyncIterable<ListedPicture> {
  // The objects of a picture stand together, since keys come in their order.
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
