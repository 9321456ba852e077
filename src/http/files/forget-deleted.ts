import type { PictureStorage } from '../../storage/storage.ts';
import type { PicturesInMemory } from './pictures-in-memory.ts';

/** Returns a storage that also deletes pictures from memory. When `delete` resolves, they are in neither of them. */
export function forgetDeleted(storage: PictureStorage, pictures: PicturesInMemory): PictureStorage {
  return {
    ...storage,
    async delete(paths) {
      try {
        await storage.delete(paths);
      } finally {
        // A reading that began before the end of the deletion may still finish. It is not cached.
        pictures.forget(paths);
      }
    },
  };
}
