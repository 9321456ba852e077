import type { RunningServer } from '../support/run-server.ts';

/** Kills a server that may be too busy to react to SIGTERM. */
export function endServer(server: RunningServer): void {
  if (!isGone(server)) {
    process.kill(server.pid, 'SIGKILL');
  }
}

/** Returns whether a server has ended by itself, for example because it ran out of memory. */
export function isGone({ pid }: RunningServer): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}
