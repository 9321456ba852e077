import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { onTestFinished } from 'vitest';

/** Stands between a client and a server, and can keep the server's answers to itself. */
export interface HoldingProxy {
  readonly url: string;
  /** Connections that carry a request from now on get no answer. */
  hold(): void;
  /** Those that carry their next request from now on do; those that were held stay so. */
  letThrough(): void;
}

export async function holdAnswersOf(server: { readonly url: string }): Promise<HoldingProxy> {
  const target = new URL(server.url);
  let holding = false;
  const listener = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    client.on('data', () => holding && upstream.pause());
    client.pipe(upstream);
    upstream.pipe(client);
    client.once('close', () => upstream.destroy()).on('error', () => {});
    upstream.once('close', () => client.destroy()).on('error', () => {});
    onTestFinished(() => void client.destroy());
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void listener.close());
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    hold() {
      holding = true;
    },
    letThrough() {
      holding = false;
    },
  };
}
