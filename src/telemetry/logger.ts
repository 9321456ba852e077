import { type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino';
import { openStandardError } from './standard-error.ts';

export type { Logger } from 'pino';

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

/**
 * Creates a logger that writes one JSON object per line to standard error. The server writes only one line to standard
 * output, which reports its address when it is ready.
 */
export function createLogger(level: LogLevel, stream: DestinationStream = openStandardError()): Logger {
  return pino({ level, base: null, timestamp: stdTimeFunctions.isoTime }, stream);
}
