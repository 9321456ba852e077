import { readFile } from 'node:fs/promises';
import type { Logger } from '../telemetry/logger.ts';

/** The connection, and the upload or file that the server has open for it. */
const FILES_PER_CONNECTION = 2;
/** Files of the database, the log, the decoders, the bucket and Node itself. */
const OTHER_FILES = 200;

/**
 * Returns how many connections the server can have with the open files that the system allows, at most
 * `maxConnections`. Beyond the system's limit, the server could not accept new clients, and so would never disconnect
 * inactive clients to make room. Logs a warning if the limit is too low for `maxConnections`. Only Linux reports the
 * limit. Node has already raised it to the hard limit.
 */
export async function limitByOpenFiles(maxConnections: number, logger: Logger): Promise<number> {
  const openFiles = await readOpenFileLimit();
  const needed = FILES_PER_CONNECTION * maxConnections + OTHER_FILES;
  if (openFiles >= needed) {
    return maxConnections;
  }
  const possible = Math.max(1, Math.floor((openFiles - OTHER_FILES) / FILES_PER_CONNECTION));
  const connections = Math.min(maxConnections, possible);
  logger.warn(
    { openFiles, needed },
    `The limit of open files is too low for MAX_CONNECTIONS; accepting ${connections} connections`,
  );
  return connections;
}

async function readOpenFileLimit(): Promise<number> {
  const limits = await readFile('/proc/self/limits', 'utf8').catch(() => '');
  // If nothing matches, the limit is unknown or "unlimited".
  const [, soft] = /^Max open files +(\d+)/m.exec(limits) ?? [];
  return soft === undefined ? Number.POSITIVE_INFINITY : Number(soft);
}
