import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below the ports from which Linux takes those of port 0 and of outgoing connections, so that it takes none of these. */
const LOWEST_PORT = 20_000;
const HIGHEST_PORT = 30_000;
const MAX_ATTEMPTS = 100;

/** Returns a port on 127.0.0.1 that was free a moment ago, for servers that must know their public URL in advance. */
export async function findFreePort(): Promise<number> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const port = randomInt(LOWEST_PORT, HIGHEST_PORT);
    if (await isFree(port)) {
      return port;
    }
  }
  throw new Error(`No free port found between ${LOWEST_PORT} and ${HIGHEST_PORT}.`);
}

async function isFree(port: number): Promise<boolean> {
  const probe = createServer().listen(port, '127.0.0.1');
  try {
    await once(probe, 'listening');
  } catch {
    return false;
  }
  probe.close();
  await once(probe, 'close');
  return true;
}
