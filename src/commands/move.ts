import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type Config, loadMovedConfig } from '../config/load-config.ts';
import { newInstance } from '../database/instance.ts';
import { openMovable } from '../database/open-database.ts';
import { storageName, storageOptions } from '../open-stores.ts';
import { openStorage } from '../storage/open-storage.ts';
import type { Logger } from '../telemetry/logger.ts';
import { createProgress } from '../telemetry/progress.ts';
import { MoveRefusedError } from '../upkeep/errors.ts';
import { cancelMove, type MoveOptions, type MoveReport, migrate } from '../upkeep/migrate.ts';

import { openCommand, parseArguments, UsageError, writeLine, writeMissing } from './command-line.ts';

const USAGE =
  'npm run move -- [--to-database URL] [--to-storage URL] [--dry-run], or npm run move -- --cancel [--force]';

/** Moves everything to another database, another storage, or both. */
export async function move(args: string[]): Promise<void> {
  const { urls, dryRun, cancels, force } = parseMove(args);
  const { config, logger } = openCommand();
  if (cancels) {
    await runCancelMove(config, { force }, logger);
    writeLine(
      'The move is canceled. Users can change their pictures here again. The copies made so far are still at the target.',
    );
    return;
  }
  const onProgress = createProgress('pictures', process.stderr);
  const report = await runMove(config, loadMovedConfig(urls), { dryRun, onProgress }, logger);
  writeMissing(report.missing);
  const { users, pictures, copied, kept, missing } = report;
  if (dryRun) {
    writeLine(`${users} users and ${pictures} pictures can be moved, ${missing.length} with missing files.`);
  } else {
    writeLine(`${users} users and ${pictures} pictures were moved and compared with the originals.`);
    writeLine(
      `${copied} pictures were copied by this run, ${kept} were already there, ${missing.length} with missing files.`,
    );
    writeLine(`Stop the server, and start it with the new ${Object.keys(urls).join(' and ')}.`);
  }
  process.exitCode = missing.length > 0 ? 1 : 0;
}

function parseMove(args: string[]) {
  const { values } = parseArguments(
    args,
    {
      'to-database': { type: 'string' },
      'to-storage': { type: 'string' },
      'dry-run': { type: 'boolean' },
      cancel: { type: 'boolean' },
      force: { type: 'boolean' },
    },
    USAGE,
  );
  const urls = {
    ...(typeof values['to-database'] === 'string' && { DATABASE_URL: values['to-database'] }),
    ...(typeof values['to-storage'] === 'string' && { STORAGE_URL: values['to-storage'] }),
  };
  const cancels = values['cancel'] === true;
  const force = values['force'] === true;
  const dryRun = values['dry-run'] === true;
  const moves = Object.keys(urls).length > 0;
  // A dry run must never change anything, so --dry-run cannot be combined with --cancel.
  if (moves === cancels || (force && !cancels) || (dryRun && cancels)) {
    throw new UsageError(
      `Specify either a target or --cancel. --dry-run requires a target, and --force requires --cancel. Usage: ${USAGE}`,
    );
  }
  return { urls, dryRun, cancels, force };
}

/**
 * Moves users and pictures from the stores of one configuration to those of another; see upkeep/migrate.ts. Servers on
 * the old side may keep running. Even a dry run creates the new folders and tables, and leaves them empty.
 */
async function runMove(
  from: Config,
  to: Config,
  options: Pick<MoveOptions, 'dryRun' | 'onProgress'>,
  logger: Logger,
): Promise<MoveReport> {
  await using parts = new AsyncDisposableStack();
  const movesStorage = storageName(to) !== storageName(from);
  const movesDatabase = !isDeepStrictEqual(to.DATABASE_URL, from.DATABASE_URL);
  if (!movesDatabase && !movesStorage) {
    throw new MoveRefusedError('The target is the same as the source. Choose another target.');
  }
  const database = parts.use(await openMovable(from.DATABASE_URL, { mustExist: true, logger }));
  await database.claim();
  const newDatabase = movesDatabase
    ? parts.use(await openMovable(to.DATABASE_URL, { mustExist: false, logger }))
    : undefined;
  if (newDatabase?.name === database.name) {
    throw new MoveRefusedError(`Both URLs point to ${database.name}. Choose another database.`);
  }
  // Stage files outside of UPLOADS_DIR, which a running server uses.
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
    // Only this move and interrupted moves stage files there.
    await newStorage?.clearStaging(async (instances) => new Set(instances));
  }
  return await migrate(
    {
      from: { database, storage, storageName: storageName(from) },
      to: { database: newDatabase, storage: newStorage, storageName: storageName(to) },
    },
    { ...options, prepare, id: newInstance() },
  );
}

/** Cancels a move; see upkeep/migrate.ts. */
async function runCancelMove(
  config: Config,
  options: { readonly force: boolean },
  logger: Logger,
): Promise<void> {
  await using database = await openMovable(config.DATABASE_URL, { mustExist: true, logger });
  await database.claim();
  await cancelMove(database, options);
}
