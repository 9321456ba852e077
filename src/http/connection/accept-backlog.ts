import type { Server } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** Milliseconds. A turn of the event loop in which nothing happens takes a fifth of that. */
const QUIET_TURN = 0.05;

/**
 * To be called right before a server is closed: closing resets who waits in the kernel to be accepted, in the middle of
 * a request that a proxy must not repeat. One is accepted in each turn of the event loop. Resolves in a turn that brought
 * none and was short, so that hardly any can have come meanwhile.
 * @param timeout milliseconds after which it resolves in any turn.
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
    isQuiet = accepted === before && performance.now() - began < QUIET_TURN;
  }
  server.off('connection', count);
}
