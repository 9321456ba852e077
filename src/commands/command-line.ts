import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { type Config, loadConfig } from '../config/load-config.ts';
import { createLogger, type Logger } from '../telemetry/logger.ts';

/** A command was called with arguments that it does not accept. The message states the usage. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/**
 * Parses the arguments of a command. Only commands without options accept positional arguments.
 * Throws UsageError.
 * @param usage the command line that the error shows.
 */
export function parseArguments(args: string[], options: ParseArgsOptionsConfig, usage: string) {
  try {
    return parseArgs({ args, options, allowPositionals: Object.keys(options).length === 0 });
  } catch (error) {
    throw new UsageError(`${(error as Error).message}. Usage: ${usage}`);
  }
}

/** Reads the configuration and creates the logger of a command. Throws ConfigError. */
export function openCommand(): { config: Config; logger: Logger } {
  const config = loadConfig();
  return { config, logger: createLogger(config.LOG_LEVEL) };
}

/** Writes a line to standard output. */
export function writeLine(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Writes a line for each picture whose files are missing. */
export function writeMissing(ids: readonly string[]): void {
  for (const id of ids) {
    writeLine(`missing  ${id}`);
  }
}
