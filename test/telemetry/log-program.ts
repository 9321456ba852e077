import { spawnSync } from 'node:child_process';
import { createLogger } from '../../src/telemetry/logger.ts';

/** The task that a test gives this program. */
export interface Task {
  /** Number of lines to log. Each has about 200 bytes and a consecutive number `n`. */
  readonly lines: number;
  /** Whether to run another program first that inherits standard error. Node makes a pipe blocking for that program. */
  readonly share?: boolean;
  /** Text to write to standard output after that. */
  readonly print?: string;
  /** The program's action right after the last line, in the same turn of the event loop. */
  readonly end?: 'exit' | 'kill' | 'disconnect';
}

/** The state after a task. */
export interface Report {
  readonly logged: number;
  readonly residentBytes: number;
}

export const EXIT_CODE = 3;
const TEXT = 'x'.repeat(150);

const logger = createLogger('info');
let logged = 0;

process.on('message', ({ lines, share = false, print = '', end }: Task) => {
  if (share) {
    spawnSync('true', [], { stdio: 'inherit' });
  }
  for (let i = 0; i < lines; i += 1) {
    logger.info({ n: logged }, TEXT);
    logged += 1;
  }
  process.stdout.write(print);
  if (end === 'exit') {
    process.exit(EXIT_CODE);
  } else if (end === 'kill') {
    process.kill(process.pid, 'SIGKILL');
  } else if (end === 'disconnect') {
    process.exitCode = EXIT_CODE;
    process.disconnect();
  } else {
    process.send?.({ logged, residentBytes: process.memoryUsage().rss } satisfies Report);
  }
});
