import { EventEmitter, once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { onTestFinished } from 'vitest';

/** Stands between a client and a server, and can keep the server's answers to itself. */
export interface HoldingProxy {
  readonly url: string;
  /** Connections that carry a request from now on get no answer. */
  hold(): void;
  /** Those that carry their next request from now on do; those that were held stay so. */
  letThrough(): void;
  /** Resolves when the client has closed a connection and the proxy has reset the one to the server. */
  nextClose(): Promise<void>;
}

export async function holdAnswersOf(server: { readonly url: string }): Promise<HoldingProxy> {
  const target = new URL(server.url);
  const closes = new EventEmitter();
  let holding = false;
  const listener = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    client.on('data', () => holding && upstream.pause());
    client.pipe(upstream, { end: false });
    upstream.pipe(client);
    client.once('end', () => client.destroy()).on('error', () => {});
    client.once('close', () => {
      // A server notices a reset at once, and the loss of a client that sent FIN only when it probes.
      upstream.resetAndDestroy();
      closes.emit('close');
    });
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
    async nextClose() {
      await once(closes, 'close');
    },
  };
}
