import { constants } from 'node:fs';
import { access, mkdir, opendir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import pLimit from 'p-limit';
import { identityOf } from '../file-identity.ts';
import { checksumsIn } from './checksums.ts';
import { clearEndedInstances } from './clear-ended-instances.ts';
import { StorageUnusableError } from './errors.ts';
import { createFolderReader } from './folder-reader.ts';
import { PICTURE_PATH, type PictureStorage, type Staging } from './storage.ts';
import { syncDirectory } from './sync-directory.ts';

const STAGING = '.staging';
/** Concurrent deletions. A disk syncs several folders in about the time of one. */
const MAX_CONCURRENT_DELETIONS = 16;
/** Names of the folders on both levels above the pictures. */
const PREFIX_FOLDER = /^[0-9a-f]{2}$/;
const PICTURE_FOLDER = /^pic_/;

/**
 * Opens a storage of pictures as folders below one root. Staging is inside the root, so that publishing is a rename
 * within one file system. The name of the staging folder begins with a dot, so it is never served. Rejects with
 * StorageUnusableError.
 * @param instance the instance that stages pictures. Several instances can share the root.
 */
export async function openDiskStorage(root: string, instance: string): Promise<PictureStorage> {
  const stagingRoot = join(root, STAGING);
  const checkAccess = () => access(stagingRoot, constants.R_OK | constants.W_OK);
  let opened: string;
  try {
    await makeDirectory(stagingRoot);
    await checkAccess();
    opened = await identityOf(root);
  } catch (error) {
    throw new StorageUnusableError(
      `The storage ${root} cannot be used: ${(error as Error).message}. Check the path and its permissions.`,
      { cause: error },
    );
  }

  const createDurableFolders = durableFolderCreator(root);

  /**
   * Rethrows an error, unless its cause is that the staging folder was deleted. If the root is no longer the folder
   * that was opened, for example because a mount was lost, the error is always rethrown.
   */
  async function ignoreDeletedStaging(error: unknown): Promise<void> {
    ignoreMissing(error as NodeJS.ErrnoException);
    if ((await identityOf(root)) !== opened) {
      throw error;
    }
  }

  /** Runs an operation in the staging folder. If that folder was deleted, creates it and retries. */
  async function inStaging<T>(run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      await ignoreDeletedStaging(error);
      await makeDirectory(stagingRoot);
      return await run();
    }
  }

  return {
    files: createFolderReader(root),

    async stage(path) {
      const directory = join(stagingRoot, `${instance}-${path.replaceAll('/', '-')}`);
      await inStaging(() => mkdir(directory));
      // Runs while the files are being written. publish() reports a failure.
      const parent = createDurableFolders(dirname(path));
      parent.catch(() => {});
      return stagingOf(directory, join(root, path), parent);
    },

    async delete(paths) {
      const limit = pLimit(MAX_CONCURRENT_DELETIONS);
      const deletions = await Promise.allSettled(paths.map((path) => limit(deleteFolder, join(root, path))));
      const failed = deletions.find((deletion) => deletion.status === 'rejected');
      if (failed !== undefined) {
        throw failed.reason;
      }
    },

    exists: (path) =>
      stat(join(root, path)).then(
        (stats) => stats.isDirectory(),
        (error) => ignoreMissing(error) ?? false,
      ),

    async copyTo(path, directory) {
      try {
        const names = await readdir(join(root, path));
        for (const name of names) {
          const bytes = await readFile(join(root, path, name));
          await writeFile(join(directory, name), bytes, { flag: 'wx', flush: true });
        }
        return names.length > 0;
      } catch (error) {
        return ignoreMissing(error as NodeJS.ErrnoException) ?? false;
      }
    },

    checksums: (path) =>
      checksumsIn(join(root, path)).catch((error) => ignoreMissing(error) ?? new Map<string, string>()),

    clearStaging: (findEndedInstances) =>
      clearEndedInstances(stagingRoot, findEndedInstances).catch(ignoreDeletedStaging),

    async *list() {
      for await (const first of subdirectories(root, PREFIX_FOLDER)) {
        for await (const second of subdirectories(join(root, first), PREFIX_FOLDER)) {
          for await (const name of subdirectories(join(root, first, second), PICTURE_FOLDER)) {
            const path = `${first}/${second}/${name}`;
            // The picture may have been deleted since the folder was read.
            const stats = PICTURE_PATH.test(path) && (await stat(join(root, path)).catch(ignoreMissing));
            if (stats) {
              yield { path, modifiedAt: stats.mtime };
            }
          }
        }
      }
    },

    check: () => inStaging(checkAccess),

    async close() {},
  };
}

async function deleteFolder(directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true });
  await syncDirectory(dirname(directory)).catch(ignoreMissing);
}

/** Returns a staging folder that publishes to `target`. @param parent resolves when the target's parent is durable. */
function stagingOf(directory: string, target: string, parent: Promise<void>): Staging {
  return {
    directory,
    syncFiles: true,
    async publish() {
      await Promise.all([parent, syncDirectory(directory)]);
      await rename(directory, target);
      await syncDirectory(dirname(target));
    },
    discard: () => rm(directory, { recursive: true, force: true }),
  };
}

/**
 * Returns a function that creates the folders on both levels above a picture, such as `3f/9a`. When its promise
 * resolves, they survive a power failure, even if another server created them and has not synced them yet. Each
 * folder is synced once, at its first use.
 */
function durableFolderCreator(root: string): (folder: string) => Promise<void> {
  /** Folders whose entry in their parent is durable (true) or is being synced. */
  const durable = new Map<string, Promise<void> | true>();

  function makeDurable(folder: string): Promise<void> | true {
    const existing = durable.get(folder);
    if (existing !== undefined) {
      return existing;
    }
    const syncing = syncDirectory(dirname(join(root, folder))).then(
      () => {
        durable.set(folder, true);
      },
      (error) => {
        durable.delete(folder);
        throw error;
      },
    );
    durable.set(folder, syncing);
    return syncing;
  }

  return async (folder) => {
    const parent = dirname(folder);
    const firstCreated = await mkdir(join(root, folder), { recursive: true });
    // The folder may have existed and been deleted earlier.
    if (firstCreated !== undefined) {
      durable.delete(folder);
    }
    if (firstCreated !== undefined && resolve(firstCreated) !== resolve(root, folder)) {
      durable.delete(parent);
    }
    await Promise.all([makeDurable(folder), makeDurable(parent)]);
  };
}

/** Creates a folder and its parents. When this resolves, the new ones survive a power failure. */
async function makeDirectory(path: string): Promise<void> {
  const firstCreated = await mkdir(path, { recursive: true });
  if (firstCreated === undefined) {
    return;
  }
  const stop = dirname(resolve(firstCreated));
  for (let parent = dirname(resolve(path)); parent.length >= stop.length; parent = dirname(parent)) {
    await syncDirectory(parent);
    if (parent === stop) {
      return;
    }
  }
}

/** Yields the folders whose name matches. Others may be unreadable, such as the `lost+found` of a mounted disk. */
async function* subdirectories(path: string, pattern: RegExp): AsyncIterable<string> {
  for await (const entry of await opendir(path)) {
    if (entry.isDirectory() && pattern.test(entry.name)) {
      yield entry.name;
    }
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') {
    throw error;
  }
}
