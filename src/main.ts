import type { App } from './app.ts';
import { collectGarbage } from './collect-garbage.ts';
import { UsageError } from './commands/command-line.ts';
import { COMMANDS } from './commands/commands.ts';
import { ConfigError, loadConfig } from './config/load-config.ts';
import {
  DatabaseBusyError,
  DatabaseFullError,
  DatabaseInUseError,
  DatabaseMovedError,
  DatabaseUnusableError,
  FolderInUseError,
  FolderUnusableError,
} from './database/errors.ts';
import { UploadsUnusableError, UserDeletionUnfinishedError } from './pictures/errors.ts';
import { StorageBusyError, StorageFullError, StorageUnusableError } from './storage/errors.ts';
import { createLogger, type Logger } from './telemetry/logger.ts';
import { openStandardError } from './telemetry/standard-error.ts';
import {
  CopyDiffersError,
  ExportRefusedError,
  ImportSourceError,
  MoveRefusedError,
  MoveUnfinishedError,
  StorageMismatchError,
} from './upkeep/errors.ts';

/** Errors that the operator can fix or wait out. The output shows their message without a stack. */
const EXPECTED_ERRORS = [
  DatabaseBusyError,
  DatabaseFullError,
  DatabaseInUseError,
  DatabaseMovedError,
  DatabaseUnusableError,
  FolderInUseError,
  FolderUnusableError,
  StorageBusyError,
  StorageFullError,
  StorageUnusableError,
  StorageMismatchError,
  UploadsUnusableError,
  UserDeletionUnfinishedError,
  ExportRefusedError,
  MoveRefusedError,
  MoveUnfinishedError,
  CopyDiffersError,
  ImportSourceError,
];

/**
 * Milliseconds after the first signal in which further signals are ignored. Ctrl-C reaches the whole process group,
 * and npm also forwards its own signal to the server.
 */
const SIGNAL_DEBOUNCE_MS = 1_000;

const [command = 'serve', ...args] = process.argv.slice(2);
try {
  await run();
} catch (error) {
  const failed = command === 'serve' ? 'Portrait could not start' : `The command "${command}" failed`;
  const isInvalidInput = error instanceof ConfigError || error instanceof UsageError;
  openStandardError().write(`${isInvalidInput ? error.message : `${failed}: ${describeError(error)}`}\n`);
  process.exitCode = 1;
}

async function run(): Promise<void> {
  if (command === 'serve') {
    await serve();
  } else if (command === 'warm-up') {
    await warmUp();
  } else if (Object.hasOwn(COMMANDS, command)) {
    const runCommand = await COMMANDS[command]?.();
    await runCommand?.(args);
  } else {
    const known = ['serve', ...Object.keys(COMMANDS)].map((name) => `"${name}"`).join(', ');
    throw new UsageError(`Unknown command "${command}". Commands: ${known}.`);
  }
}

async function serve(): Promise<void> {
  const config = loadConfig();
  const logger = createLogger(config.LOG_LEVEL);
  logWhatNodePrints(logger);
  ignoreClosedOutputs();
  let app: App | undefined;
  let stopRequestedAt: number | undefined;
  const stop = (): void => {
    if (app === undefined) {
      process.exit(0);
    }
    if (stopRequestedAt !== undefined) {
      // A second request exits at once. Otherwise only SIGKILL could end the first process of a container.
      if (performance.now() - stopRequestedAt > SIGNAL_DEBOUNCE_MS) {
        process.exit(1);
      }
      return;
    }
    stopRequestedAt = performance.now();
    app.close().then(
      () => process.exit(0),
      (error) => {
        logger.error({ err: error }, 'Shutdown failed');
        process.exit(1);
      },
    );
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  const { openApp } = await import('./app.ts');
  app = await openApp(config, logger);
  process.stdout.write(`Portrait is listening on ${app.url}\n`);
  // Objects of the start that are no longer in use: 4 MiB.
  collectGarbage();
}

/** Logs crashes and warnings. Node would print them itself, and block until standard error is read. */
function logWhatNodePrints(logger: Logger): void {
  process.on('uncaughtException', (error) => {
    logger.error({ err: error }, 'Ending the server after an unexpected error');
    process.exit(1);
  });
  process.removeAllListeners('warning');
  process.on('warning', (warning) => logger.warn({ err: warning }, 'Node.js emitted a warning'));
}

/** Keeps the server running when the reader of its output is gone. Without a listener, the error would end it. */
function ignoreClosedOutputs(): void {
  process.stdout.on('error', () => {});
  process.stderr.on('error', () => {});
}

/**
 * Fills the compile cache for the first start, including code that only some configurations load. npm's `prepare`
 * script runs this command.
 */
async function warmUp(): Promise<void> {
  await Promise.all([
    import('./app.ts'),
    ...Object.values(COMMANDS).map((load) => load()),
    import('./database/sqlite/sqlite-copy.ts'),
    import('./database/postgres/postgres-database.ts'),
    import('./database/postgres/postgres-movable.ts'),
    import('./storage/s3/s3-storage.ts'),
    import('./imaging/worker.ts'),
    // The server loads these two when it needs them.
    import('file-type'),
    import('@fastify/send'),
  ]);
}

/** Returns the message of an error, with its stack if the operator cannot fix it. */
function describeError(error: unknown): string {
  if (!(error instanceof Error)) {
    return String(error);
  }
  // Errors of system calls, such as a port in use, name the call and its target.
  const isExpected = EXPECTED_ERRORS.some((errorClass) => error instanceof errorClass) || 'syscall' in error;
  return (isExpected ? error.message : error.stack) ?? error.message;
}
