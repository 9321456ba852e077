import type { Logger } from '../../telemetry/logger.ts';
import type { PostgresFault } from './postgres-faults.ts';

/** Tells the log when the database goes away and when it comes back, once each. */
export interface Availability {
  answered(): void;
  failed(fault: PostgresFault): void;
}

export function watchAvailability(logger: Logger): Availability {
  let away = false;
  return {
    answered() {
      if (away) {
        away = false;
        logger.info('The database answers again');
      }
    },
    failed({ kind, message }) {
      if (kind === 'away' && !away) {
        away = true;
        // The sentence alone: the driver's errors carry its connection along.
        logger.error({ reason: message }, 'The database does not answer');
      }
    },
  };
}
