import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { PictureDatabase } from '../../src/database/database.ts';
import { openSqliteDatabase } from '../../src/database/sqlite/sqlite-database.ts';
import { ALL_TYPES } from '../../src/imaging/accepted-types.ts';
import { type Imaging, openImaging } from '../../src/imaging/pool.ts';
import { Upload } from '../../src/multipart/upload.ts';
import { createDeletionQueue } from '../../src/pictures/create-deletion-queue.ts';
import { createPendingWork } from '../../src/pictures/pending-work.ts';
import { createRunningUploads } from '../../src/pictures/running-uploads.ts';
import type { PictureParts } from '../../src/pictures/picture-parts.ts';
import { replacePicture } from '../../src/pictures/replace-picture.ts';
import { openDiskStorage } from '../../src/storage/disk.ts';
import type { PictureStorage } from '../../src/storage/storage.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { makeTemporaryFolder } from '../support/temporary-folder.ts';
import { Stopwatch } from './stopwatch.ts';

// Replaces a picture repeatedly with the components of the server, and measures the time of each.

const WARM_UP_ROUNDS = 5;
const CHUNK_BYTES = 64 * 1024;
const END_LIMIT_MS = 5_000;

const [picturePath = '', rounds = '1'] = process.argv.slice(2);

await using folder = await makeTemporaryFolder();
await using stack = new AsyncDisposableStack();
const database = openSqliteDatabase(join(folder.path, 'portrait.db'));
stack.defer(() => database.close());
const storage = await openDiskStorage(join(folder.path, 'pictures'), database.instance);
const imaging = openImaging({ workers: availableParallelism() });
stack.defer(() => imaging.close());

const picture = readFileSync(picturePath);
const stopwatch = new Stopwatch();
const logger = createLogger('silent');
const pendingWork = createPendingWork();
stack.defer(async () => void (await pendingWork.ended(END_LIMIT_MS)));
const parts: PictureParts = {
  database: watchDatabase(database),
  storage: watchStorage(storage),
  imaging: watchImaging(imaging),
  uploadsDirectory: folder.path,
  pendingCleanup: new Set(),
  acceptedTypes: ALL_TYPES,
  maxPixels: 51_000_000,
  pendingWork,
  runningUploads: createRunningUploads(),
  deletionQueue: createDeletionQueue({ database, storage, pendingWork, logger }),
  logger,
};
let startedAt = 0;
for (let round = -WARM_UP_ROUNDS; round < Number(rounds); round += 1) {
  if (round === 0) {
    stopwatch.clear();
  }
  startedAt = performance.now();
  await replace();
  stopwatch.add('all steps, and deleting the file', performance.now() - startedAt);
}
process.send?.(stopwatch.medians());
process.disconnect?.();

async function replace(): Promise<void> {
  const upload = new Upload(() => {});
  upload.arrive(() => ({ fileName: 'photo.jpg', mediaType: 'image/jpeg', stream: asFromSocket(picture) }));
  await replacePicture(parts, {
    author: { subject: 'demo', actor: 'demo', name: 'Demo' },
    limit: async () => {},
    upload,
    crop: undefined,
    altText: undefined,
    signal: new AbortController().signal,
  });
}

/** Returns a stream with chunks of the size that Node reads from a socket. */
function asFromSocket(file: Buffer): Readable {
  const chunks = Array.from({ length: Math.ceil(file.length / CHUNK_BYTES) }, (_, index) =>
    file.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES),
  );
  return Readable.from(chunks, { objectMode: false });
}

function watchDatabase(part: PictureDatabase): PictureDatabase {
  return {
    ...part,
    accept: (...args) => stopwatch.time('database: accept', () => part.accept(...args)),
    settle: (...args) => stopwatch.time('database: settle', () => part.settle(...args)),
  };
}

function watchImaging(part: Imaging): Imaging {
  return { ...part, render: (...args) => stopwatch.time('imaging: render', () => part.render(...args)) };
}

function watchStorage(part: PictureStorage): PictureStorage {
  return {
    ...part,
    async stage(path) {
      stopwatch.add('receiving the file', performance.now() - startedAt);
      const staging = await stopwatch.time('storage: stage', () => part.stage(path));
      return { ...staging, publish: () => stopwatch.time('storage: publish', () => staging.publish()) };
    },
  };
}
