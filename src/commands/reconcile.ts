import { openStores } from '../open-stores.ts';
import { reconcile as reconcileStores } from '../upkeep/reconcile.ts';
import { openCommand, parseArguments, UsageError, writeLine, writeMissing } from './command-line.ts';

const USAGE = 'npm run reconcile -- [--delete [--force]]';

/** Compares the storage with the database; see upkeep/reconcile.ts. The server may keep running. */
export async function reconcile(args: string[]): Promise<void> {
  const { values } = parseArguments(args, { delete: { type: 'boolean' }, force: { type: 'boolean' } }, USAGE);
  const options = { delete: values['delete'] === true, force: values['force'] === true, now: new Date() };
  if (options.force && !options.delete) {
    throw new UsageError(`--force requires --delete. Usage: ${USAGE}`);
  }
  const { config, logger } = openCommand();
  await using stored = await openStores(config, false, logger);
  const report = await reconcileStores(stored, options);
  writeLine(`${report.found} pictures in the storage.`);
  for (const path of report.unknown) {
    writeLine(`unknown  ${path}`);
  }
  writeMissing(report.missing);
  writeLine(
    `${report.unknown.length} unknown to the database (${report.deleted} deleted), ${report.missing.length} with missing files.`,
  );
  if (report.stopped) {
    writeLine(
      'Nothing was deleted: with so many unknown pictures, the storage may belong to another database. If not, use --force.',
    );
  } else if (report.unknown.length > report.deleted) {
    writeLine('This was a dry run. Use --delete to delete the unknown pictures.');
  }
  process.exitCode = report.stopped || report.missing.length > 0 ? 1 : 0;
}
