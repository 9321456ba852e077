import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

/** Returns a port on 127.0.0.1 that was free a moment ago, for servers that must know their public URL in advance. */
export async function findFreePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
