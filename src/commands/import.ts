import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { openPictureParts } from '../open-picture-parts.ts';
import { openStores } from '../open-stores.ts';
import { prepareStores } from '../prepare-stores.ts';
import { createProgress } from '../telemetry/progress.ts';
import { checkMatch } from '../upkeep/check-match.ts';
import { ImportSourceError } from '../upkeep/errors.ts';
import { openCsvSource } from '../upkeep/import/csv-source.ts';
import { openFolderSource } from '../upkeep/import/folder-source.ts';
import type { ImportSource } from '../upkeep/import/import-entry.ts';
import { importPictures } from '../upkeep/import/import-pictures.ts';
import { openCommand, parseArguments, UsageError } from './command-line.ts';
import { createJsonReport, createTextReport, type ImportRun } from './import-report.ts';

const USAGE = 'npm run import -- FOLDER|FILE.csv [--dry-run] [--replace] [--json]';
/** Entries in progress for each decoder. While a decoder works, the others are read, checked and committed. */
const ENTRIES_PER_DECODER = 4;

/**
 * Imports the pictures of a folder or a CSV file, and reports the refused ones. With Postgres, servers may keep running.
 * An SQLite database has only one writer, so the command is its server while it runs.
 */
export async function importCommand(args: string[]): Promise<void> {
  const { path, json, ...options } = parseImport(args);
  const { config, logger } = openCommand();
  const source = await openSource(path);
  await using stores = await openStores(config, !options.dryRun, logger);
  await (options.dryRun ? checkMatch(stores) : prepareStores(config, stores, logger));
  await using parts = openPictureParts(config, stores, logger);
  const run: ImportRun = { source: path, ...options };
  const report = json ? createJsonReport(run) : createTextReport(run);
  let finished = false;
  try {
    await importPictures({ ...parts, maxBytes: config.MAX_UPLOAD_BYTES }, source, {
      ...options,
      concurrency: config.IMAGE_WORKERS * ENTRIES_PER_DECODER,
      onEntry: report.add,
      onProgress: createProgress('pictures', process.stderr),
    });
    finished = true;
  } finally {
    const refused = report.end(finished);
    process.exitCode = finished && refused === 0 ? 0 : 1;
  }
}

function parseImport(args: string[]) {
  const { values, positionals } = parseArguments(
    args,
    { 'dry-run': { type: 'boolean' }, replace: { type: 'boolean' }, json: { type: 'boolean' } },
    USAGE,
    true,
  );
  const [path, ...others] = positionals;
  if (path === undefined || others.length > 0) {
    throw new UsageError(`An import needs one folder or one CSV file. Usage: ${USAGE}`);
  }
  return {
    path: resolve(path),
    dryRun: values['dry-run'] === true,
    replace: values['replace'] === true,
    json: values['json'] === true,
  };
}

/** Opens the folder or the CSV file. Rejects with ImportSourceError. */
async function openSource(path: string): Promise<ImportSource> {
  try {
    if ((await stat(path)).isDirectory()) {
      return await openFolderSource(path);
    }
    if (!path.toLowerCase().endsWith('.csv')) {
      throw new ImportSourceError(`${path} is neither a folder nor a .csv file. Usage: ${USAGE}`);
    }
    return await openCsvSource(path);
  } catch (error) {
    if (error instanceof ImportSourceError) {
      throw error;
    }
    const { code, message } = error as NodeJS.ErrnoException;
    throw new ImportSourceError(
      code === 'ENOENT'
        ? `There is no folder or file ${path}. Check the path.`
        : `${path} cannot be read: ${message}. Check its permissions.`,
      { cause: error },
    );
  }
}
