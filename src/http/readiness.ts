import type { Logger } from '../telemetry/logger.ts';

/** Checks a part; rejects if it cannot do its work right now. */
export type Check = () => Promise<void>;

/**
 * One check of all parts. It rejects with the name of a part that cannot be used, for anybody to read. Why, the log
 * says, once for each time that it happens.
 * @param parts by their names, such as `the database`.
 */
export function createReadiness(parts: Readonly<Record<string, Check>>, logger: Logger): Check {
  const away = new Set<string>();

  async function checkPart(name: string, check: Check): Promise<void> {
    try {
      await check();
    } catch (error) {
      if (!away.has(name)) {
        away.add(name);
        logger.error({ err: error }, `Not ready: ${name} cannot be used`);
      }
      throw new Error(`${name} cannot be used`, { cause: error });
    }
    if (away.delete(name)) {
      logger.info(`Ready again: ${name} can be used`);
    }
  }

  return async () => {
    await Promise.all(Object.entries(parts).map(([name, check]) => checkPart(name, check)));
  };
}
