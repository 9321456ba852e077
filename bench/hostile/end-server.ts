import type { RunningServer } from '../support/run-server.ts';

/** Ends a server that may be too busy to notice SIGTERM. */
export function endServer(server: RunningServer): void {
  if (!isGone(server)) {
    process.kill(server.pid, 'SIGKILL');
  }
}

/** Whether a server has ended by itself, such as for lack of memory. */
export function isGone({ pid }: RunningServer): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}
