import type { Server } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** Milliseconds. A turn of the event loop without events takes a fifth of this. */
const QUIET_TURN_MS = 0.05;

/**
 * Waits until Node has accepted the connections in the kernel's backlog. Call it right before you close a server.
 * Closing resets these connections, possibly in the middle of a request that a proxy cannot safely repeat. Node accepts
 * one connection per turn of the event loop. Resolves after a turn that accepted none and was so short that new
 * connections are unlikely.
 * @param timeout maximum milliseconds to wait.
 */
export async function acceptBacklog(server: Server, timeout: number): Promise<void> {
  const until = performance.now() + timeout;
  let accepted = 0;
  const count = (): void => {
    accepted += 1;
  };
  server.on('connection', count);
  let isQuiet = false;
  while (!isQuiet && performance.now() < until) {
    const before = accepted;
    const began = performance.now();
    await nextTurn();
    isQuiet = accepted === before && performance.now() - began < QUIET_TURN_MS;
  }
  server.off('connection', count);
}
