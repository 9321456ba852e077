import { PicturesInMemory } from '../../src/http/files/pictures-in-memory.ts';
import { createFolderReader } from '../../src/storage/folder-reader.ts';
import { createLogger } from '../../src/telemetry/logger.ts';

/** Returns the pictures in a folder, without a cache. */
export function picturesIn(folder: string): PicturesInMemory {
  return new PicturesInMemory({
    reader: createFolderReader(folder),
    maxBytes: 0,
    logger: createLogger('silent'),
  });
}
