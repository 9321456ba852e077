import type { Logger } from '../../telemetry/logger.ts';
import type { PostgresFault } from './postgres-faults.ts';

/** Receives the outcome of each call to the database. */
export interface Availability {
  answered(): void;
  failed(fault: PostgresFault): void;
}

/** Logs when the database becomes unavailable and when it is available again, once each. */
export function watchAvailability(logger: Logger): Availability {
  let unavailable = false;
  return {
    answered() {
      if (unavailable) {
        unavailable = false;
        logger.info('The database is available again');
      }
    },
    failed({ kind, message }) {
      if (kind === 'unavailable' && !unavailable) {
        unavailable = true;
        // Log only the message, because the driver's errors include the connection.
        logger.error({ reason: message }, 'The database is unavailable; retrying each call for 3 seconds');
      }
    },
  };
}
