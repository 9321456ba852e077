import { mkdir, realpath } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { openMovable } from '../database/open-database.ts';
import { newInstance } from '../database/instance.ts';
import { storageOptions } from '../open-stores.ts';
import { openStorage } from '../storage/open-storage.ts';
import { createProgress } from '../telemetry/progress.ts';
import { exportUser } from '../upkeep/export-user.ts';
import { openCommand, parseArguments, UsageError, writeLine, writeMissing } from './command-line.ts';
import { isServed } from './is-served.ts';

const USAGE = 'npm run export-user -- ID FOLDER [--dry-run] [--json]';

/** Exports everything that is stored about a user to a folder. The server may keep running. */
export async function exportUserCommand(args: string[]): Promise<void> {
  const { id, folder, dryRun, json } = parseExport(args);
  const { config, logger } = openCommand();
  await using database = await openMovable(config.DATABASE_URL, { mustExist: true, logger });
  await using parts = new AsyncDisposableStack();
  const storage = await openStorage(storageOptions(config, newInstance(), logger));
  parts.defer(() => storage.close());
  if (!dryRun) {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    if (await isServed(join(await realpath(folder), 'pictures'), config)) {
      throw new UsageError(`The server would publish ${folder}. Choose another folder for the export.`);
    }
  }
  const onProgress = createProgress('pictures', process.stderr);
  const report = await exportUser({ database, storage }, id, { folder, dryRun, onProgress });
  if (json) {
    writeLine(JSON.stringify({ id, folder, dryRun, ...report }));
  } else {
    writeMissing(report.missing);
    writeLine(
      report.known
        ? `${report.pictures} pictures: ${report.copied} ${dryRun ? 'can be exported' : 'exported'}, ${report.kept} exported earlier, ${report.missing.length} with missing files.`
        : 'Portrait stores nothing about this user.',
    );
  }
  process.exitCode = report.missing.length > 0 ? 1 : 0;
}

function parseExport(args: string[]) {
  const options = { 'dry-run': { type: 'boolean' }, json: { type: 'boolean' } } as const;
  const { values, positionals } = parseArguments(args, options, USAGE, true);
  const [id, folder, ...others] = positionals;
  if (id === undefined || folder === undefined || others.length > 0) {
    throw new UsageError(`An export needs a user id and a folder. Usage: ${USAGE}`);
  }
  return { id, folder: resolve(folder), dryRun: values['dry-run'] === true, json: values['json'] === true };
}
