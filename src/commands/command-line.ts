import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { type Config, loadConfig } from '../config/load-config.ts';
import { createLogger, type Logger } from '../telemetry/logger.ts';
import { openStandardError } from '../telemetry/standard-error.ts';

/** A command was called with arguments that it does not accept. The message states the usage. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/**
 * Parses the arguments of a command. By default, only commands without options accept positional arguments.
 * Throws UsageError.
 * @param usage the command line that the error shows.
 */
export function parseArguments(
  args: string[],
  options: ParseArgsOptionsConfig,
  usage: string,
  allowPositionals = Object.keys(options).length === 0,
) {
  try {
    return parseArgs({ args, options, allowPositionals });
  } catch (error) {
    throw new UsageError(`${(error as Error).message}. Usage: ${usage}`);
  }
}

/** Reads the configuration and creates the logger of a command. Throws ConfigError. */
export function openCommand(): { config: Config; logger: Logger } {
  const config = loadConfig();
  const output = openStandardError();
  const stream = { write: (line: string) => output.write(eraseBar(process.stderr) + line) };
  return { config, logger: createLogger(config.LOG_LEVEL, stream) };
}

/** Writes a line to standard output. */
export function writeLine(line: string): void {
  process.stdout.write(`${eraseBar(process.stdout)}${line}\n`);
}

/** Returns the text that erases a progress bar on a terminal. The next step draws the bar again, below the new line. */
function eraseBar({ isTTY }: { readonly isTTY?: boolean }): string {
  return isTTY === true ? '\r\u001b[K' : '';
}

/** Writes a line for each picture whose files are missing. */
export function writeMissing(ids: readonly string[]): void {
  for (const id of ids) {
    writeLine(`missing  ${id}`);
  }
}
