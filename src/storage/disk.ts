import { constants } from 'node:fs';
import {
  access,
  mkdir,
  open,
  opendir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import pLimit from 'p-limit';
import { identityOf } from '../file-identity.ts';
import { checksumsIn } from './checksums.ts';
import { clearEndedInstances } from './clear-ended-instances.ts';
import { StorageUnusableError } from './errors.ts';
import { PICTURE_PATH, type PictureStorage, type Staging } from './storage.ts';

const STAGING = '.staging';
/** The disk syncs several folders in about the time of one. */
const DELETIONS_AT_ONCE = 16;
/** What the folders of both levels above those of the pictures are named. */
const FAN = /^[0-9a-f]{2}$/;
const PICTURE = /^pic_/;

/**
 * Pictures as folders below one root. Staging lies inside the root, so that publishing is one rename within one
 * file system, under a name with a dot, which is never served.
 * @param instance of whoever stages; several may share the root. Rejects with StorageUnusableError.
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
    throw new StorageUnusableError(`The storage ${root} cannot be used: ${(error as Error).message}.`, {
      cause: error,
    });
  }

  const makeFolder = folderMaker(root);

  /**
   * Rethrows an error, unless its cause is that the folder for staging was deleted. If the root is another folder than at
   * the start, for example because a mount was lost, that is not the cause.
   */
  async function ignoreDeletedStaging(error: unknown): Promise<void> {
    ignoreMissing(error as NodeJS.ErrnoException);
    if ((await identityOf(root)) !== opened) {
      throw error;
    }
  }

  /** Runs an operation in the folder for staging. If that folder was deleted, creates it and tries again. */
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
    files: { directory: root },

    async stage(path) {
      const directory = join(stagingRoot, `${instance}-${path.replaceAll('/', '-')}`);
      await inStaging(() => mkdir(directory));
      // Made while the files are being written; what fails is told when it matters.
      const parent = makeFolder(dirname(path));
      parent.catch(() => {});
      return stagingOf(directory, join(root, path), parent);
    },

    async delete(paths) {
      const limit = pLimit(DELETIONS_AT_ONCE);
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
      for await (const first of subdirectories(root, FAN)) {
        for await (const second of subdirectories(join(root, first), FAN)) {
          for await (const name of subdirectories(join(root, first, second), PICTURE)) {
            const path = `${first}/${second}/${name}`;
            // It may have been deleted meanwhile.
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

/** @param parent resolves when the folder above the target is there for good. */
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
 * Makes folders of both levels above the pictures, such as `3f/9a`. When it resolves they survive a power failure, whoever
 * made them: another server may have been about to sync what it made. Each is synced once, at its first use.
 */
function folderMaker(root: string): (folder: string) => Promise<void> {
  /** The folders whose entries in those above them are durable, or are being made so. */
  const durable = new Map<string, Promise<void> | true>();

  function makeDurable(folder: string): Promise<void> | true {
    const known = durable.get(folder);
    if (known !== undefined) {
      return known;
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
    const upper = dirname(folder);
    const firstMade = await mkdir(join(root, folder), { recursive: true });
    // Whatever is new may have been there before, and been taken away.
    if (firstMade !== undefined) {
      durable.delete(folder);
    }
    if (firstMade !== undefined && resolve(firstMade) !== resolve(root, folder)) {
      durable.delete(upper);
    }
    await Promise.all([makeDurable(folder), makeDurable(upper)]);
  };
}

/** Makes a folder and those above it; those that are new survive a power failure when this resolves. */
async function makeDirectory(path: string): Promise<void> {
  const firstMade = await mkdir(path, { recursive: true });
  if (firstMade === undefined) {
    return;
  }
  const stop = dirname(resolve(firstMade));
  for (let parent = dirname(resolve(path)); parent.length >= stop.length; parent = dirname(parent)) {
    await syncDirectory(parent);
    if (parent === stop) {
      return;
    }
  }
}

/** An entry of a folder is durable only when the folder itself is. Windows has no such call and needs none. */
async function syncDirectory(path: string): Promise<void> {
  if (process.platform === 'win32') {
    return;
  }
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** Those that are named so; others may be unreadable, such as the `lost+found` of a disk of its own. */
async function* subdirectories(path: string, named: RegExp): AsyncIterable<string> {
  for await (const entry of await opendir(path)) {
    if (entry.isDirectory() && named.test(entry.name)) {
      yield entry.name;
    }
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') {
    throw error;
  }
}
