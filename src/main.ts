import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ConfigError, loadConfig } from './config.ts';
import { DatabaseBusyError, DatabaseInUseError, DatabaseUnusableError } from './database/errors.ts';
import { StorageMismatchError, UploadsUnusableError } from './pictures/errors.ts';
import { StorageBusyError, StorageUnusableError } from './storage/errors.ts';
import { createLogger } from './telemetry/logger.ts';

/** What the operator can mend, or wait for. */
const TOLD_IN_A_SENTENCE = [
  DatabaseBusyError,
  DatabaseInUseError,
  DatabaseUnusableError,
  StorageBusyError,
  StorageUnusableError,
  StorageMismatchError,
  UploadsUnusableError,
];

let failed = 'Portrait could not start';
try {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { delete: { type: 'boolean' }, force: { type: 'boolean' } },
  });
  const [command = 'serve', ...rest] = positionals;
  if (command !== 'serve') {
    failed = `The command "${command}" failed`;
  }
  if (command === 'serve') {
    await serve();
  } else if (command === 'reconcile') {
    await reconcile({ delete: values.delete ?? false, force: values.force ?? false });
  } else if (command === 'backup') {
    await backUp(rest);
  } else if (command === 'token') {
    await printToken(rest);
  } else if (command === 'warm-up') {
    await warmUp();
  } else {
    throw new ConfigError([
      `There is no command "${command}"; there are "serve", "reconcile", "backup" and "token".`,
    ]);
  }
} catch (error) {
  const failure = error instanceof ConfigError ? error.message : `${failed}: ${failureOf(error)}`;
  process.stderr.write(`${failure}\n`);
  process.exitCode = 1;
}

async function serve(): Promise<void> {
  const config = loadConfig();
  const logger = createLogger(config.LOG_LEVEL);
  const { openApp } = await import('./app.ts');
  const app = await openApp(config, logger);
  let signals = 0;
  const stop = (): void => {
    signals += 1;
    if (signals > 1) {
      // Asked twice: at once.
      process.exit(1);
    }
    app.close().then(
      () => process.exit(0),
      (error) => {
        logger.error({ err: error }, 'Not everything could be closed');
        process.exit(1);
      },
    );
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  process.stdout.write(`Portrait is listening on ${app.url}\n`);
}

/** Run by npm's `prepare`: fills the compile cache for the first start, also with what only some configurations load. */
async function warmUp(): Promise<void> {
  await Promise.all([
    import('./app.ts'),
    import('./upkeep.ts'),
    import('./auth/token.ts'),
    import('./database/sqlite/back-up-sqlite.ts'),
    import('./database/postgres/postgres-database.ts'),
    import('./storage/s3/s3-storage.ts'),
    import('./imaging/worker.ts'),
  ]);
}

/** For trying things out: the host application signs its own. */
async function printToken([id, name = null]: readonly (string | null)[]): Promise<void> {
  const { AUTH_SECRET, AUTH_ISSUER, AUTH_AUDIENCE } = loadConfig();
  if (typeof id !== 'string' || AUTH_SECRET === undefined) {
    throw new ConfigError([
      'A token needs AUTH_SECRET, and the id of a user: npm run token -- alice "Alice Liddell".',
    ]);
  }
  const { signToken } = await import('./auth/token.ts');
  const claims = { issuer: AUTH_ISSUER, audience: AUTH_AUDIENCE };
  process.stdout.write(`${await signToken({ id, name }, AUTH_SECRET, claims)}\n`);
}

async function reconcile(options: { delete: boolean; force: boolean }): Promise<void> {
  const config = loadConfig();
  const { runReconcile } = await import('./upkeep.ts');
  const logger = createLogger(config.LOG_LEVEL);
  const report = await runReconcile(config, { ...options, now: new Date() }, logger);
  const write = (line: string) => process.stdout.write(`${line}\n`);
  write(`${report.found} pictures in the storage.`);
  for (const path of report.unknown) {
    write(`unknown  ${path}`);
  }
  for (const id of report.missing) {
    write(`missing  ${id}`);
  }
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

async function backUp([folder]: readonly string[]): Promise<void> {
  const config = loadConfig();
  if (folder === undefined) {
    throw new ConfigError(['A back-up needs a folder: npm run backup -- /backup/portrait.']);
  }
  const { runBackUp } = await import('./upkeep.ts');
  const logger = createLogger(config.LOG_LEVEL);
  const { copied, kept, deleted, missing } = await runBackUp(config, resolve(folder), logger);
  const write = (line: string) => process.stdout.write(`${line}\n`);
  for (const id of missing) {
    write(`missing  ${id}`);
  }
  write(
    `${copied + kept} pictures in the back-up, ${copied} of them new; ${deleted} deleted meanwhile; ${missing.length} whose files are missing.`,
  );
  process.exitCode = missing.length > 0 ? 1 : 0;
}

/** A sentence; where it happened too, if it is not the operator's to mend. */
function failureOf(error: unknown): string {
  if (!(error instanceof Error)) {
    return String(error);
  }
  // The system's own errors, such as of a port that is taken, say what could not be done to what.
  const told = TOLD_IN_A_SENTENCE.some((errorClass) => error instanceof errorClass) || 'syscall' in error;
  return (told ? error.message : error.stack) ?? error.message;
}
