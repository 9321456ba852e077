import { openApp } from '../../src/app.ts';
import { parseConfig } from '../../src/config/load-config.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { environmentFor } from './portrait.ts';

/**
 * Opens a server that cannot start, and returns its error. The server opens in this process, which takes less time than
 * a process of its own. Tests of the output and the exit code start a process.
 * @param folder folder of the server.
 * @param env variables that extend or override the defaults.
 */
export async function failedStart(
  folder: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Error> {
  const config = parseConfig({ ...environmentFor(folder), ...env });
  const opened = await openApp(config, createLogger('silent')).catch((error: Error) => error);
  if (opened instanceof Error) {
    return opened;
  }
  await opened.close();
  throw new Error(`The server started on ${folder}.`);
}
