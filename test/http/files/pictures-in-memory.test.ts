import { link, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { forgetDeleted } from '../../../src/http/files/forget-deleted.ts';
import type { Picture } from '../../../src/http/files/picture.ts';
import { LARGE_FILE, MAX_FILE_BYTES, PicturesInMemory } from '../../../src/http/files/pictures-in-memory.ts';
import { openDiskStorage } from '../../../src/storage/disk.ts';
import type { PictureReader, PictureStorage } from '../../../src/storage/storage.ts';
import { createLogger } from '../../../src/telemetry/logger.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const PATH = `00/00/pic_${'0'.repeat(32)}`;
const FILE = `${PATH}/64.webp`;
const FILE_BYTES = 20_000;

interface Opened {
  readonly pictures: PicturesInMemory;
  /** Deletes pictures from the folder and from memory. */
  readonly storage: PictureStorage;
  /** Folder of the picture. */
  readonly directory: string;
  /** Files that were read from the folder, in order. */
  readonly reads: string[];
  /** Called after the file was read, before the result is returned. */
  afterRead: () => Promise<void>;
}

/** Opens a folder with one picture, which has one file. */
async function open(maxBytes = 2 ** 20): Promise<Opened> {
  const root = await temporaryFolder();
  const directory = join(root, PATH);
  const disk = await openDiskStorage(root, '0123456789abcdef');
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, '64.webp'), Buffer.alloc(FILE_BYTES, 'a'));
  const reads: string[] = [];
  const reader: PictureReader = {
    ...disk.files,
    async read(file, maxFileBytes, signal) {
      reads.push(file);
      const found = await disk.files.read(file, maxFileBytes, signal);
      await opened.afterRead();
      return found;
    },
  };
  const pictures = new PicturesInMemory({ reader, maxBytes, logger: createLogger('silent') });
  const storage = forgetDeleted(disk, pictures);
  const opened: Opened = { pictures, storage, directory, reads, afterRead: async () => {} };
  return opened;
}

/** Requests a file as the server does. @returns whether the file was in memory, read, or missing. */
async function ask({ pictures }: Opened, file = FILE): Promise<'memory' | 'read' | null> {
  if (pictures.get(file) !== undefined) {
    return 'memory';
  }
  const { result, leave } = pictures.read(file);
  const found = await result;
  leave();
  return found === null ? null : 'read';
}

/** Adds files to the picture. @returns their paths. */
async function addFiles({ directory }: Opened, count: number): Promise<string[]> {
  const names = Array.from(
    { length: count },
    (_, index) => `${1_000 + (index >> 1)}.${index % 2 ? 'jpg' : 'webp'}`,
  );
  for (const name of names) {
    await link(join(directory, '64.webp'), join(directory, name));
  }
  return names.map((name) => `${PATH}/${name}`);
}

describe('A picture', () => {
  it('is in memory from its second request', async () => {
    const opened = await open();
    expect([await ask(opened), await ask(opened), await ask(opened)]).toEqual(['read', 'read', 'memory']);
    expect(opened.reads).toHaveLength(2);
    expect(opened.pictures.get(FILE)?.bytes).toEqual(Buffer.alloc(FILE_BYTES, 'a'));
  });

  it('is read once for all requests that arrive during the reading', async () => {
    const opened = await open();
    const results = await Promise.all(Array.from({ length: 20 }, () => ask(opened)));
    expect(new Set(results)).toEqual(new Set(['read']));
    expect(opened.reads).toHaveLength(1);
    expect(await ask(opened)).toBe('memory');
  });

  it('stays in memory while a crawler requests more pictures than the cache can hold', async () => {
    const opened = await open(10 * FILE_BYTES);
    await ask(opened);
    await ask(opened);
    for (const file of await addFiles(opened, 100)) {
      expect(await ask(opened, file)).toBe('read');
    }
    expect(await ask(opened)).toBe('memory');
  });

  it('is read each time if the cache is off', async () => {
    const opened = await open(0);
    expect([await ask(opened), await ask(opened), await ask(opened)]).toEqual(['read', 'read', 'read']);
  });

  it('is in memory only if its file is not too large', async () => {
    const opened = await open();
    for (const [size, bytes] of [
      [128, MAX_FILE_BYTES],
      [256, MAX_FILE_BYTES + 1],
    ] as const) {
      await writeFile(join(opened.directory, `${size}.webp`), Buffer.alloc(bytes));
    }
    const found = await Promise.all(
      [128, 256].map((size) => opened.pictures.read(`${PATH}/${size}.webp`).result),
    );
    expect(found).toEqual([expect.objectContaining({ size: MAX_FILE_BYTES }), LARGE_FILE]);
  });
});

describe('A deleted picture', () => {
  it('is out of memory when its deletion resolves', async () => {
    const opened = await open();
    await ask(opened);
    await ask(opened);
    await opened.storage.delete([PATH]);
    expect(opened.pictures.bytes).toBe(0);
    expect(await ask(opened)).toBeNull();
  });

  it('is out of memory even if its deletion fails, because some of its files may be deleted', async () => {
    const opened = await open();
    await ask(opened);
    await ask(opened);
    const failing = { ...opened.storage, delete: () => Promise.reject(new Error('unavailable')) };
    await expect(forgetDeleted(failing, opened.pictures).delete([PATH])).rejects.toThrow('unavailable');
    expect(opened.pictures.bytes).toBe(0);
  });

  it('does not return to memory by a reading that began before, and no later request waits for that reading', async () => {
    const opened = await open();
    await ask(opened);
    const [isRead, canContinue] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    opened.afterRead = () => {
      isRead.resolve();
      return canContinue.promise;
    };
    const early = ask(opened);
    await isRead.promise;
    opened.afterRead = async () => {};
    await opened.storage.delete([PATH]);
    expect(await ask(opened)).toBeNull();
    canContinue.resolve();
    expect(await early).toBe('read');
    expect(opened.pictures.bytes).toBe(0);
    expect(await ask(opened)).toBeNull();
  });
});

it('A picture that another instance deletes is served from memory for 20 s, and then until its check ends', async () => {
  const opened = await open();
  const clock = { now: 0 };
  const other = new PicturesInMemory({
    reader: opened.storage.files,
    maxBytes: 2 ** 20,
    logger: createLogger('silent'),
    now: () => clock.now,
  });
  await Promise.all([other.read(FILE).result, other.read(FILE).result]);
  expect(other.get(FILE)?.etag).toBe(((await opened.pictures.read(FILE).result) as Picture).etag);
  await opened.storage.delete([PATH]);
  clock.now = 20_000;
  expect(other.get(FILE)).toBeDefined();
  await expect.poll(() => other.get(FILE)).toBeUndefined();
  expect([await other.read(FILE).result, other.bytes]).toEqual([null, 0]);
});

describe('A reading', () => {
  it('is aborted when no request waits for it any more', async () => {
    const opened = await open();
    const signals: AbortSignal[] = [];
    const reader: PictureReader = {
      ...opened.storage.files,
      read: (_file, _maxBytes, signal) => {
        signals.push(signal);
        return new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => reject(signal.reason)),
        );
      },
    };
    const pictures = new PicturesInMemory({ reader, maxBytes: 2 ** 20, logger: createLogger('silent') });
    const [first, second] = [pictures.read(FILE), pictures.read(FILE)];
    await expect.poll(() => signals).toHaveLength(1);
    first.leave();
    first.leave();
    expect(signals[0]?.aborted).toBe(false);
    second.leave();
    await expect(Promise.allSettled([first.result, second.result])).resolves.toEqual([
      expect.objectContaining({ status: 'rejected' }),
      expect.objectContaining({ status: 'rejected' }),
    ]);
    expect(signals[0]?.aborted).toBe(true);
  });
});

it('10,000 different pictures, each requested twice at once, take no more memory than the bound', async () => {
  const maxBytes = 8 * 1024 * 1024;
  const opened = await open(maxBytes);
  const files = await addFiles(opened, 10_000);
  const before = process.memoryUsage().arrayBuffers;
  let mostBytes = 0;
  for (let start = 0; start < files.length; start += 50) {
    const batch = files.slice(start, start + 50);
    await Promise.all(batch.flatMap((file) => [ask(opened, file), ask(opened, file)]));
    mostBytes = Math.max(mostBytes, opened.pictures.bytes);
  }
  expect(opened.reads).toHaveLength(files.length);
  expect(mostBytes).toBeLessThanOrEqual(maxBytes);
  // The cache is full.
  expect(mostBytes).toBeGreaterThan(maxBytes - 2 * FILE_BYTES);
  expect(await ask(opened, files.at(-1))).toBe('memory');
  expect(await ask(opened, files[0])).toBe('read');
  // Evicted pictures that the garbage collector has yet to free also count here.
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan((FILE_BYTES * files.length) / 2);
});
