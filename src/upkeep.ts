import type { Config } from './config.ts';
import { type ReconcileOptions, type ReconcileReport, reconcile } from './pictures/reconcile.ts';
import { openStored } from './stored.ts';
import type { Logger } from './telemetry/logger.ts';

/** Compares the storage with the database; see pictures/reconcile.ts. The server may be running meanwhile. */
export async function runReconcile(
  config: Config,
  options: ReconcileOptions,
  logger: Logger,
): Promise<ReconcileReport> {
  await using stored = await openStored(config, false, logger);
  return await reconcile(stored, options);
}
