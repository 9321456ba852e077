import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type PictureStorage, picturePath } from '../../src/storage/storage.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** A storage under test, and a way to read files as a client gets them. */
export interface OpenedStorage {
  readonly storage: PictureStorage;
  /** Returns undefined if no such file is published. */
  read(path: string, name: string): Promise<string | undefined>;
}

/** Registers the tests that every storage must pass. @param open opens a new and empty storage. */
export function describeStorage(name: string, open: () => Promise<OpenedStorage>): void {
  const newPath = () => picturePath(`pic_${randomBytes(16).toString('hex')}`);

  async function publish(storage: PictureStorage, path: string): Promise<void> {
    const staging = await storage.stage(path);
    await writeFile(join(staging.directory, '64.webp'), 'sixty-four');
    await writeFile(join(staging.directory, '128.webp'), 'one hundred');
    await staging.publish();
  }

  describe(name, () => {
    it('hides a picture until it is published', async () => {
      const { storage, read } = await open();
      const path = newPath();
      const staging = await storage.stage(path);
      await writeFile(join(staging.directory, '64.webp'), 'sixty-four');
      expect(await storage.exists(path)).toBe(false);
      expect(await read(path, '64.webp')).toBeUndefined();
      await staging.publish();
      expect(await storage.exists(path)).toBe(true);
      expect(await read(path, '64.webp')).toBe('sixty-four');
    });

    it('leaves nothing of a discarded picture', async () => {
      const { storage, read } = await open();
      const path = newPath();
      const staging = await storage.stage(path);
      await writeFile(join(staging.directory, '64.webp'), 'sixty-four');
      await staging.discard();
      expect(await storage.exists(path)).toBe(false);
      expect(await read(path, '64.webp')).toBeUndefined();
      // The same path can be staged again.
      await (await storage.stage(path)).discard();
    });

    it('returns the checksums of published files', async () => {
      const { storage } = await open();
      const path = newPath();
      expect(await storage.checksums(path)).toEqual(new Map());
      await publish(storage, path);
      const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
      expect(await storage.checksums(path)).toEqual(
        new Map([
          ['64.webp', sha256('sixty-four')],
          ['128.webp', sha256('one hundred')],
        ]),
      );
    });

    it('deletes a picture, and succeeds if the picture does not exist', async () => {
      const { storage, read } = await open();
      const path = newPath();
      await publish(storage, path);
      await storage.delete([path]);
      expect(await storage.exists(path)).toBe(false);
      expect(await read(path, '64.webp')).toBeUndefined();
      await storage.delete([path]);
      await storage.delete([newPath()]);
    });

    it('reads a file in one piece, unless it is too large', async () => {
      const { storage } = await open();
      const path = newPath();
      await publish(storage, path);
      const { signal } = new AbortController();
      const read = await storage.files.read(`${path}/64.webp`, 10, signal);
      expect([read?.size, read?.bytes?.toString()]).toEqual([10, 'sixty-four']);
      // Otherwise a cached file would keep the memory of other files.
      expect(read?.bytes?.buffer.byteLength).toBe(10);
      expect(Math.abs(Date.now() - (read?.modifiedAt.getTime() ?? 0))).toBeLessThan(60_000);
      expect(await storage.files.read(`${path}/64.webp`, 9, signal)).toMatchObject({ size: 10, bytes: null });
      expect(await storage.files.read(`${path}/256.webp`, 10, signal)).toBeNull();
      expect(await storage.files.has(`${path}/64.webp`, signal)).toBe(true);
      expect(await storage.files.has(`${path}/256.webp`, signal)).toBe(false);
    });

    it('copies a picture unchanged, and returns false if the picture does not exist', async () => {
      const { storage } = await open();
      const path = newPath();
      await publish(storage, path);
      const target = await temporaryFolder();
      expect(await storage.copyTo(path, target)).toBe(true);
      expect((await readdir(target)).sort()).toEqual(['128.webp', '64.webp']);
      expect(await readFile(join(target, '64.webp'), 'utf8')).toBe('sixty-four');
      expect(await storage.copyTo(newPath(), target)).toBe(false);
    });

    it('lists published pictures, and no staged ones', async () => {
      const { storage } = await open();
      const paths = [newPath(), newPath(), newPath()].sort();
      for (const path of paths) {
        await publish(storage, path);
      }
      await storage.stage(newPath());
      const listed = await Array.fromAsync(storage.list());
      expect(listed.map(({ path }) => path).sort()).toEqual(paths);
      for (const { modifiedAt } of listed) {
        expect(Math.abs(Date.now() - modifiedAt.getTime())).toBeLessThan(60_000);
      }
    });

    it('clears what ended instances staged, and keeps published pictures', async () => {
      const { storage } = await open();
      const published = newPath();
      await publish(storage, published);
      const left = newPath();
      await storage.stage(left);
      let asked: readonly string[] = [];
      await storage.clearStaging(async (instances) => {
        asked = instances;
        return new Set();
      });
      // No instance has ended, so the staged folder still exists.
      await expect(storage.stage(left)).rejects.toThrow('EEXIST');
      await storage.clearStaging(async (instances) => new Set(instances));
      await (await storage.stage(left)).discard();
      expect(asked).toHaveLength(1);
      expect(await storage.exists(published)).toBe(true);
    });

    it('publishes many pictures at once', async () => {
      const { storage } = await open();
      const paths = Array.from({ length: 50 }, newPath);
      await Promise.all(paths.map((path) => publish(storage, path)));
      expect((await Array.fromAsync(storage.list())).length).toBe(50);
    });

    it('passes its health check', async () => {
      const { storage } = await open();
      await expect(storage.check()).resolves.toBeUndefined();
    });
  });
}
