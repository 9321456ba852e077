import type { Logger } from '../telemetry/logger.ts';

/** Checks a part of the server. Rejects if the part is unavailable. */
export type Check = () => Promise<void>;

/**
 * Creates a check of all parts. If a part is unavailable, the check rejects with the name of that part, which clients
 * may see. It logs the reason once for each outage.
 * @param parts checks by the name of their part, such as `the database`.
 */
export function createReadiness(parts: Readonly<Record<string, Check>>, logger: Logger): Check {
  const unavailable = new Set<string>();

  async function checkPart(name: string, check: Check): Promise<void> {
    try {
      await check();
    } catch (error) {
      if (!unavailable.has(name)) {
        unavailable.add(name);
        logger.error({ err: error }, `Not ready: ${name} is unavailable`);
      }
      throw new Error(`${name} is unavailable`, { cause: error });
    }
    if (unavailable.delete(name)) {
      logger.info(`Ready again: ${name} is available`);
    }
  }

  return async () => {
    await Promise.all(Object.entries(parts).map(([name, check]) => checkPart(name, check)));
  };
}
