import { limitWarnings } from './limit-warnings.ts';
import type { Logger } from './logger.ts';

/** Returns a function that logs the standard error of decoders: at most one line a minute, with the latest output. */
export function createDecoderOutputLog(logger: Logger): (output: string) => void {
  let lastOutput = '';
  const warn = limitWarnings((outputs) =>
    logger.warn({ outputs, lastOutput }, 'A decoder wrote to standard error'),
  );
  return (output) => {
    lastOutput = output;
    warn();
  };
}
