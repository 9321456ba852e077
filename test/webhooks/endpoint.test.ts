import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { expect, it, onTestFinished } from 'vitest';
import { type Endpoint, openEndpoint } from '../../src/webhooks/endpoint.ts';
import { receiverForTest, status, type WebhookReceiver } from '../support/webhook-receiver.ts';

const BODY = '{"type":"profile_picture.updated","data":{}}';
const GIGABYTE = 2 ** 30;

function open(url: string, timeout?: number): Endpoint {
  const endpoint = openEndpoint(url, 2, timeout);
  onTestFinished(() => endpoint.close());
  return endpoint;
}

function send(endpoint: Endpoint, signal = new AbortController().signal) {
  return endpoint.send({ 'webhook-id': 'msg_1' }, BODY, signal);
}

async function openWithReceiver(
  timeout?: number,
): Promise<{ endpoint: Endpoint; receiver: WebhookReceiver }> {
  const receiver = await receiverForTest();
  return { receiver, endpoint: open(receiver.url, timeout) };
}

/** Writes zeros until the client closes the connection or a gigabyte is written. @returns the bytes that it wrote. */
async function writeGigabyte(response: ServerResponse): Promise<number> {
  const chunk = Buffer.alloc(64 * 1024);
  let bytes = 0;
  response.on('error', () => {});
  const closed = once(response, 'close');
  while (bytes < GIGABYTE && !response.destroyed) {
    bytes += chunk.length;
    if (!response.write(chunk)) {
      await Promise.race([once(response, 'drain'), closed]);
    }
  }
  return bytes;
}

it('sends JSON, and returns each status without following redirects', async () => {
  const { endpoint, receiver } = await openWithReceiver();
  for (const code of [200, 204, 299, 301, 302, 307, 308, 400, 410, 429, 500, 503]) {
    receiver.respond(status(code, { Location: receiver.url }));
    expect(await send(endpoint)).toEqual({ status: code });
  }
  expect(receiver.received).toHaveLength(12);
  expect(receiver.received[0]).toMatchObject({ id: 'msg_1', body: BODY });
  expect(receiver.received[0]?.headers).toMatchObject({
    'content-type': 'application/json',
    'content-length': String(BODY.length),
    'user-agent': 'Portrait',
  });
});

it('uses a connection again after a small body', async () => {
  const { endpoint, receiver } = await openWithReceiver();
  receiver.respond((response) => response.end('ok'.repeat(1_000)));
  for (let attempt = 0; attempt < 3; attempt += 1) {
    expect(await send(endpoint)).toEqual({ status: 200 });
  }
  expect(receiver.connections()).toBe(1);
});

it('reads only the beginning of a gigabyte', async () => {
  const { endpoint, receiver } = await openWithReceiver();
  const written = Promise.withResolvers<number>();
  receiver.respond((response) => written.resolve(writeGigabyte(response)));
  expect(await send(endpoint)).toEqual({ status: 200 });
  expect(await written.promise).toBeLessThan(GIGABYTE / 10);
});

it('returns a reason if the receiver does not respond, dies midway, switches protocols or does not listen', async () => {
  const { endpoint, receiver } = await openWithReceiver(100);
  receiver.respond(() => {});
  expect(await send(endpoint)).toEqual({ reason: 'no response in time' });
  receiver.respond((response) => response.socket?.destroy());
  expect(await send(endpoint)).toEqual({ reason: 'ECONNRESET' });
  receiver.respond((response) => response.socket?.end('HTTP/1.1 2'));
  expect(await send(endpoint)).toMatchObject({ reason: expect.stringMatching(/^(ECONNRESET|HPE_)/) });
  receiver.respond((response) =>
    response.socket?.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'),
  );
  expect(await send(endpoint)).toEqual({ reason: 'no usable response' });
  expect(await send(open('http://127.0.0.1:1'))).toEqual({ reason: 'ECONNREFUSED' });
});

it('returns the status even if the rest of the response does not arrive', async () => {
  const { endpoint, receiver } = await openWithReceiver(100);
  receiver.respond((response) => response.write('wait'));
  expect(await send(endpoint)).toEqual({ status: 200 });
  receiver.respond((response) => response.write('wait', () => response.destroy()));
  expect(await send(endpoint)).toEqual({ status: 200 });
});

it('sends again at once if the receiver had closed an idle connection', async () => {
  const { endpoint, receiver } = await openWithReceiver();
  receiver.respond((response) => response.end('ok'));
  await send(endpoint);
  // The receiver resets the connection when the next request arrives on it.
  receiver.respond((response) => {
    receiver.respond(status(204));
    response.socket?.resetAndDestroy();
  });
  expect(await send(endpoint)).toEqual({ status: 204 });
  expect(receiver.connections()).toBe(2);
});

it('aborts an attempt', async () => {
  const { endpoint, receiver } = await openWithReceiver();
  const aborting = new AbortController();
  receiver.respond(() => aborting.abort());
  expect(await send(endpoint, aborting.signal)).toEqual({ reason: 'no response in time' });
});
