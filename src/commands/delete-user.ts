import { existsSync } from 'node:fs';
import { DatabaseInUseError } from '../database/errors.ts';
import { openMovable } from '../database/open-database.ts';
import { openStores } from '../open-stores.ts';
import { deleteUser } from '../pictures/delete-user.ts';
import { createPendingWork } from '../pictures/pending-work.ts';
import { createRunningUploads } from '../pictures/running-uploads.ts';
import { createProgress } from '../telemetry/progress.ts';
import { checkMatch } from '../upkeep/check-match.ts';
import { openCommand, parseArguments, UsageError, writeLine } from './command-line.ts';

const USAGE = 'npm run delete-user -- ID [--dry-run] [--json]';

type Command = ReturnType<typeof openCommand>;

/** Deletes everything that is stored about a user. The server may keep running. */
export async function deleteUserCommand(args: string[]): Promise<void> {
  const { id, dryRun, json } = parseDeletion(args);
  const command = openCommand();
  const pictures = dryRun ? await countPictures(command, id) : await runDeletion(command, id);
  writeLine(
    json
      ? JSON.stringify({ id, dryRun, pictures })
      : `${pictures} pictures of the user ${dryRun ? 'would be' : 'were'} deleted.`,
  );
}

async function countPictures({ config, logger }: Command, id: string): Promise<number> {
  await using database = await openMovable(config.DATABASE_URL, { mustExist: true, logger });
  return (await database.picturesOf(id)).length;
}

async function runDeletion({ config, logger }: Command, id: string): Promise<number> {
  await using claim = await claimUnlessServed(config.DATABASE_URL);
  await using stores = await openStores(config, false, logger);
  await checkMatch(stores);
  if (claim.isHeld) {
    // A killed server may have left uploads of this user.
    await stores.database.abandonLeftovers();
  }
  const parts = {
    ...stores,
    pendingWork: createPendingWork(),
    runningUploads: createRunningUploads(),
    logger,
  };
  const onProgress = createProgress('pictures', process.stderr);
  return await deleteUser(parts, { subject: id, actor: null }, { onProgress });
}

/**
 * Claims an SQLite database, unless a server uses it, so that no server starts meanwhile. With Postgres, there is
 * nothing to claim: the database knows which servers have ended.
 */
async function claimUnlessServed(
  location: Command['config']['DATABASE_URL'],
): Promise<AsyncDisposable & { readonly isHeld: boolean }> {
  const unclaimed = { isHeld: location.dialect === 'postgres', async [Symbol.asyncDispose]() {} };
  if (location.dialect === 'postgres' || !existsSync(location.path)) {
    return unclaimed;
  }
  const { claimSqlite } = await import('../database/sqlite/claim-sqlite.ts');
  try {
    const release = claimSqlite(location.path);
    return { isHeld: true, [Symbol.asyncDispose]: async () => release() };
  } catch (error) {
    if (!(error instanceof DatabaseInUseError)) {
      throw error;
    }
    return unclaimed;
  }
}

function parseDeletion(args: string[]) {
  const options = { 'dry-run': { type: 'boolean' }, json: { type: 'boolean' } } as const;
  const { values, positionals } = parseArguments(args, options, USAGE, true);
  const [id, ...others] = positionals;
  if (id === undefined || others.length > 0) {
    throw new UsageError(`Name one user by id. Usage: ${USAGE}`);
  }
  return { id, dryRun: values['dry-run'] === true, json: values['json'] === true };
}
