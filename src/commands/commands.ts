import { resolve } from 'node:path';
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { type Config, loadConfig, loadMovedConfig } from '../config/load-config.ts';
import { createLogger, type Logger } from '../telemetry/logger.ts';
import { createProgress } from '../telemetry/progress.ts';

/** A command that was called in a way that it does not know; the message says what it takes. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** What can be run beside a server, or without one. Each takes its own arguments and sets the exit code. */
export const COMMANDS: Readonly<Record<string, (args: string[]) => Promise<void>>> = {
  reconcile,
  backup: backUp,
  move,
  token: printToken,
};

/** Compares the storage with the database. */
async function reconcile(args: string[]): Promise<void> {
  const usage = 'npm run reconcile -- [--delete [--force]]';
  const { values } = parse(args, { delete: { type: 'boolean' }, force: { type: 'boolean' } }, usage);
  if (values['force'] === true && values['delete'] !== true) {
    throw new UsageError(`--force needs --delete beside it: ${usage}`);
  }
  const { config, logger } = open();
  const { runReconcile } = await import('./backup.ts');
  const options = { delete: values['delete'] === true, force: values['force'] === true, now: new Date() };
  const report = await runReconcile(config, options, logger);
  write(`${report.found} pictures in the storage.`);
  for (const path of report.unknown) {
    write(`unknown  ${path}`);
  }
  writeMissing(report.missing);
  write(
    `${report.unknown.length} that no row names, ${report.deleted} of them deleted; ${report.missing.length} whose files are missing.`,
  );
  if (report.stopped) {
    write(
      'Nothing was deleted: so much is unknown that this may be another database’s storage. Use --force if it is not.',
    );
  } else if (report.unknown.length > report.deleted) {
    write('This was a dry run; use --delete to delete them.');
  }
  process.exitCode = report.stopped || report.missing.length > 0 ? 1 : 0;
}

async function backUp(args: string[]): Promise<void> {
  const usage = 'npm run backup -- /backup/portrait';
  const [folder, ...others] = parse(args, {}, usage).positionals;
  if (folder === undefined || others.length > 0) {
    throw new UsageError(`A back-up needs a folder: ${usage}`);
  }
  const { config, logger } = open();
  const { runBackUp } = await import('./backup.ts');
  const { copied, kept, deleted, missing } = await runBackUp(config, resolve(folder), logger);
  writeMissing(missing);
  write(
    `${copied + kept} pictures in the back-up, ${copied} of them new; ${deleted} deleted meanwhile; ${missing.length} whose files are missing.`,
  );
  process.exitCode = missing.length > 0 ? 1 : 0;
}

/** Carries everything to another database, another storage, or both. */
async function move(args: string[]): Promise<void> {
  const usage =
    'npm run move -- --to-database URL --to-storage URL [--dry-run], or one of both; or --cancel [--force]';
  const { values } = parse(
    args,
    {
      'to-database': { type: 'string' },
      'to-storage': { type: 'string' },
      'dry-run': { type: 'boolean' },
      cancel: { type: 'boolean' },
      force: { type: 'boolean' },
    },
    usage,
  );
  const urls = {
    ...(typeof values['to-database'] === 'string' && { DATABASE_URL: values['to-database'] }),
    ...(typeof values['to-storage'] === 'string' && { STORAGE_URL: values['to-storage'] }),
  };
  const moves = Object.keys(urls).length > 0;
  const cancels = values['cancel'] === true;
  const dryRun = values['dry-run'] === true;
  // Above all, nothing may be done that was asked for as a dry run.
  if (moves === cancels || (values['force'] === true && !cancels) || (dryRun && cancels)) {
    throw new UsageError(`A move needs to know where to: ${usage}`);
  }
  const { config, logger } = open();
  const { runCancelMove, runMove } = await import('./move.ts');
  if (cancels) {
    await runCancelMove(config, { force: values['force'] === true }, logger);
    write('The move is taken back: this side may be changed again. What was copied so far is still there.');
    return;
  }
  const onProgress = createProgress('pictures', process.stderr);
  const report = await runMove(config, loadMovedConfig(urls), { dryRun, onProgress }, logger);
  writeMissing(report.missing);
  const { users, pictures, copied, kept, missing } = report;
  if (dryRun) {
    write(`${users} users and ${pictures} pictures can be moved; ${missing.length} whose files are missing.`);
  } else {
    write(`${users} users and ${pictures} pictures are moved, and compared with what they were.`);
    write(
      `Files of ${copied} were copied by this run, of ${kept} there already; ${missing.length} whose files are missing.`,
    );
    write(`Now stop the server and start it with ${Object.keys(urls).join(' and ')} of the new place.`);
  }
  process.exitCode = missing.length > 0 ? 1 : 0;
}

/** For trying things out: the host application signs its own. */
async function printToken(args: string[]): Promise<void> {
  const [id, name = null, ...others] = parse(args, {}, 'npm run token -- alice').positionals;
  const { AUTH_SECRET, AUTH_ISSUER, AUTH_AUDIENCE } = loadConfig();
  if (id === undefined || others.length > 0 || AUTH_SECRET === undefined) {
    throw new UsageError(
      'A token needs AUTH_SECRET, and the id of a user: npm run token -- alice "Alice Liddell"',
    );
  }
  const { signToken } = await import('../auth/token.ts');
  const claims = { issuer: AUTH_ISSUER, audience: AUTH_AUDIENCE };
  write(await signToken({ id, name }, AUTH_SECRET, claims));
}

/** Words beside the options are taken only by commands that have no options. Throws UsageError. */
function parse(args: string[], options: ParseArgsOptionsConfig, usage: string) {
  try {
    return parseArgs({ args, options, allowPositionals: Object.keys(options).length === 0 });
  } catch (error) {
    throw new UsageError(`${(error as Error).message}. It is called so: ${usage}`);
  }
}

function open(): { config: Config; logger: Logger } {
  const config = loadConfig();
  return { config, logger: createLogger(config.LOG_LEVEL) };
}

function writeMissing(ids: readonly string[]): void {
  for (const id of ids) {
    write(`missing  ${id}`);
  }
}

function write(line: string): void {
  process.stdout.write(`${line}\n`);
}
