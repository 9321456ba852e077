import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Config } from '../config/load-config.ts';
import { newInstance } from '../database/instance.ts';
import { openMovable } from '../database/open-database.ts';
import { MoveRefusedError } from '../pictures/errors.ts';
import { cancelMove, type MoveOptions, type MoveReport, move } from '../upkeep/migrate.ts';
import { openStorage } from '../storage/open-storage.ts';
import { storageName, storageOptions } from '../open-stores.ts';
import type { Logger } from '../telemetry/logger.ts';

export type RunMoveOptions = Pick<MoveOptions, 'dryRun' | 'onProgress'>;

/**
 * Moves users and pictures from where one configuration has them to where another has; see upkeep/migrate.ts. Servers
 * on the old side may be running meanwhile. A dry run too makes the new folders and tables, and leaves them empty.
 */
export async function runMove(
  from: Config,
  to: Config,
  options: RunMoveOptions,
  logger: Logger,
): Promise<MoveReport> {
  await using parts = new AsyncDisposableStack();
  const movesStorage = storageName(to) !== storageName(from);
  const movesDatabase = !isDeepStrictEqual(to.DATABASE_URL, from.DATABASE_URL);
  if (!movesDatabase && !movesStorage) {
    throw new MoveRefusedError('everything is there already');
  }
  const database = parts.use(await openMovable(from.DATABASE_URL, { mustExist: true, logger }));
  await database.claim();
  const newDatabase = movesDatabase
    ? parts.use(await openMovable(to.DATABASE_URL, { mustExist: false, logger }))
    : undefined;
  if (newDatabase?.name === database.name) {
    throw new MoveRefusedError(`both URLs lead to ${database.name}`);
  }
  // Not in UPLOADS_DIR, where a server is at work.
  const staging = await mkdtemp(join(tmpdir(), 'portrait-move-'));
  parts.defer(() => rm(staging, { recursive: true, force: true }));
  const open = async (config: Config) => {
    const storage = await openStorage(
      storageOptions({ ...config, UPLOADS_DIR: staging }, newInstance(), logger),
    );
    parts.defer(() => storage.close());
    return storage;
  };
  const storage = await open(from);
  const newStorage = movesStorage ? await open(to) : undefined;
  await newStorage?.check();
  async function prepare(): Promise<void> {
    const { STORAGE_URL } = to;
    if (newStorage !== undefined && 'directory' in STORAGE_URL) {
      const { claimFolder } = await import('../database/sqlite/claim-folder.ts');
      parts.defer(claimFolder(STORAGE_URL.directory).release);
    }
    // Every process that staged there has ended: only an interrupted move works there.
    await newStorage?.clearStaging(async (instances) => new Set(instances));
  }
  return await move(
    {
      from: { database, storage, storageName: storageName(from) },
      to: { database: newDatabase, storage: newStorage, storageName: storageName(to) },
    },
    { ...options, prepare, id: newInstance() },
  );
}

/** Takes a move back; see upkeep/migrate.ts. */
export async function runCancelMove(
  config: Config,
  options: { readonly force: boolean },
  logger: Logger,
): Promise<void> {
  await using database = await openMovable(config.DATABASE_URL, { mustExist: true, logger });
  await database.claim();
  await cancelMove(database, options);
}
