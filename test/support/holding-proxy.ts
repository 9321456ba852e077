import { EventEmitter, once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { onTestFinished } from 'vitest';

/** A proxy between a client and a server that can hold back the server's responses. */
export interface HoldingProxy {
  readonly url: string;
  /** From now on, holds back the responses on each connection that carries a request. */
  hold(): void;
  /** From now on, forwards all responses, except on connections that are already held. */
  release(): void;
  /** Resolves when the client closes a connection and the proxy has reset its connection to the server. */
  nextClose(): Promise<void>;
}

export async function holdingProxyFor(server: { readonly url: string }): Promise<HoldingProxy> {
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
      // A server notices a reset at once. After a FIN, it needs a probe to notice that the client has disconnected.
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
    release() {
      holding = false;
    },
    async nextClose() {
      await once(closes, 'close');
    },
  };
}
