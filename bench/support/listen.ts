import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { print } from './print.ts';

/** Listens on a free port of this machine, and prints the URL to standard output. */
export async function listen(name: string, listener: RequestListener): Promise<void> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  print(`${name} is listening on http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}
