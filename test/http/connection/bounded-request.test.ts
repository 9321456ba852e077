import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { BoundedRequest } from '../../../src/http/connection/bounded-request.ts';
import { FragmentedBodyError } from '../../../src/multipart/errors.ts';
import { type Portrait, startPortrait } from '../../support/portrait.ts';
import { randomFrom } from '../../support/random-from.ts';
import { openWire, requestHead, type Wire } from '../../support/wire.ts';

const JSON_TYPE = { 'Content-Type': 'application/json' };
const CHUNKED = { 'Transfer-Encoding': 'chunked' };
const MIB = 1024 * 1024;
const CHUNK = '1\r\n \r\n';
/** Chunks of one byte in 64 KiB, the most that Node reads at once. */
const CHUNKS_PER_READ = Math.ceil((64 * 1024) / CHUNK.length);
/** Maximum number of one-byte chunks in a body: 2,048, plus one for each 64 bytes of the body. */
const MAX_TINY_CHUNKS = 2_080;
const FIRST = 'GET /ready HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n';
const TOO_MANY = {
  message: 'The body arrives in too many small chunks. Send it in larger chunks.',
  extensions: { code: 'BAD_REQUEST' },
};

interface BoundedServer {
  readonly url: string;
  /** Returns the first request, once its headers are complete. */
  nextRequest(): Promise<IncomingMessage>;
  /** Number of chunks that Node's parser has found. */
  chunks(): number;
}

/** Starts a server for the current test. The test reads the body of the request. */
async function serveRequests(): Promise<BoundedServer> {
  let chunks = 0;
  class CountedRequest extends BoundedRequest {
    override push(chunk: Buffer | null): boolean {
      chunks += 1;
      return super.push(chunk);
    }
  }
  const server = createServer({ IncomingMessage: CountedRequest }).listen(0, '127.0.0.1');
  server.on('clientError', () => {});
  await once(server, 'listening');
  const arrival = once(server, 'request') as Promise<[IncomingMessage]>;
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    nextRequest: async () => (await arrival)[0],
    chunks: () => chunks,
  };
}

const inChunks = (sizes: readonly number[], body: Buffer): Buffer => {
  let at = 0;
  return Buffer.concat(
    sizes.flatMap((size) => {
      const chunk = body.subarray(at, at + size);
      at += size;
      return [Buffer.from(`${size.toString(16)}\r\n`), chunk, Buffer.from('\r\n')];
    }),
  );
};

describe('A body in small chunks', () => {
  it('reaches its reader in a few larger chunks', async () => {
    const server = await serveRequests();
    using wire = await openWire(server.url);
    await wire.send(`${requestHead(CHUNKED)}${CHUNK.repeat(MAX_TINY_CHUNKS)}0\r\n\r\n`);
    const request = await server.nextRequest();
    const sizes: number[] = [];
    request.on('data', (chunk: Buffer) => sizes.push(chunk.length));
    await once(request, 'end');
    expect(sizes.reduce((sum, size) => sum + size)).toBe(MAX_TINY_CHUNKS);
    expect(sizes.length).toBeLessThan(20);
  });

  it('reaches its reader without waiting for the next chunk', async () => {
    const server = await serveRequests();
    using wire = await openWire(server.url);
    await wire.send(`${requestHead(CHUNKED)}1\r\na\r\n2\r\nbc\r\n`);
    const request = await server.nextRequest();
    let received = '';
    for await (const chunk of request) {
      received += chunk;
      if (received === 'abc') {
        break;
      }
    }
    expect(received).toBe('abc');
  });

  it.each([1, 2, 3])(
    'of mixed sizes is complete and in order for a reader that pauses: seed %i',
    async (seed) => {
      const random = randomFrom(seed);
      const server = await serveRequests();
      using wire = await openWire(server.url);
      const sizes = Array.from({ length: 3_000 }, () =>
        Math.ceil(random() < 0.9 ? 200 * random() : 20_000 * random()),
      );
      const body = Buffer.from(
        Array.from({ length: sizes.reduce((sum, size) => sum + size) }, (_, index) => (index / 7) % 251),
      );
      void wire.send(Buffer.concat([Buffer.from(requestHead(CHUNKED)), inChunks(sizes, body)]));
      void wire.send('0\r\n\r\n');
      const request = await server.nextRequest();
      const received: Buffer[] = [];
      request.on('data', async (chunk: Buffer) => {
        received.push(chunk);
        if (random() < 0.3) {
          request.pause();
          await nextTurn();
          await nextTurn();
          request.resume();
        }
      });
      await once(request, 'end');
      expect(Buffer.concat(received).equals(body)).toBe(true);
    },
  );
});

describe('A body in too many small chunks', () => {
  it.each([
    ['is being consumed', (request: IncomingMessage) => request.resume()],
    ['is paused', (request: IncomingMessage) => request.on('data', () => {}).pause()],
    ['has no reader', () => {}],
  ])('is parsed at most one read of the socket past the limit while it %s', async (_what, read) => {
    const server = await serveRequests();
    using wire = await openWire(server.url);
    await wire.send(requestHead(CHUNKED));
    const request = await server.nextRequest();
    read(request);
    void wire.send(CHUNK.repeat(20 * CHUNKS_PER_READ)).catch(() => {});
    await once(request, 'close');
    expect(request.errored).toBeInstanceOf(FragmentedBodyError);
    expect(request.socket.destroyed).toBe(false);
    // Without the limit, the parser would continue with the rest of the body.
    request.socket.resume();
    await expect.poll(() => request.socket.bytesRead).toBeGreaterThan(10 * 64 * 1024);
    expect(server.chunks()).toBeLessThanOrEqual(MAX_TINY_CHUNKS + CHUNKS_PER_READ);
  });
});

/** Sends a request head and a body in chunks of one byte, without waiting for the server to read them. */
async function sendTinyChunks(server: Portrait, head: string, count: number, end: string): Promise<Wire> {
  const wire = await openWire(server.url);
  onTestFinished(() => wire[Symbol.dispose]());
  void wire.send(`${head}${CHUNK.repeat(count)}${end}`).catch(() => {});
  return wire;
}

describe('A client that sends too many small chunks', () => {
  let server: Portrait;
  beforeAll(async () => {
    server = await startPortrait();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const json = requestHead({ ...JSON_TYPE, ...CHUNKED });

  it.each([
    ['JSON that is still arriving', json, 300_000, '', 400],
    ['JSON that ends right after the limit', json, MAX_TINY_CHUNKS + 10, '0\r\n\r\n', 400],
    ['a form', requestHead(CHUNKED), 300_000, '0\r\n\r\n', 400],
    [
      'an unsupported media type',
      requestHead({ ...CHUNKED, 'Content-Type': 'text/plain' }),
      300_000,
      '',
      415,
    ],
    [
      'a GET',
      requestHead(CHUNKED).replace('POST /graphql', 'GET /graphql?query={viewer{id}}'),
      300_000,
      '',
      200,
    ],
  ])('gets its response, and then the connection is closed: %s', async (_what, head, count, end, status) => {
    const wire = await sendTinyChunks(server, head, count, end);
    const answer = await wire.response();
    expect([answer.status, answer.headers['connection']]).toEqual([status, 'close']);
    if (status === 400) {
      expect(JSON.parse(answer.body).errors[0]).toMatchObject(TOO_MANY);
    }
    await wire.closed();
  });

  it('can send 20 MB more, which the server discards without a reset', async () => {
    using wire = await openWire(server.url);
    const sent = wire.send(json + CHUNK.repeat(20_000_000 / CHUNK.length));
    expect((await wire.response()).status).toBe(400);
    await sent;
    await wire.closed();
  });

  it('is disconnected after 64 MiB if it neither stops nor closes the connection', async () => {
    const { hostname, port } = new URL(server.url);
    const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true }).resume();
    onTestFinished(() => void socket.destroy());
    socket.on('error', () => {});
    const block = CHUNK.repeat(CHUNKS_PER_READ);
    const send = (): void => {
      while (socket.writable && socket.write(block)) {}
    };
    socket.on('drain', send).write(json);
    send();
    await new Promise((resolve) => socket.once('close', resolve));
    expect(socket.bytesWritten).toBeGreaterThan(64 * MIB);
    expect(socket.bytesWritten).toBeLessThan(96 * MIB);
  });

  it('gets no response to the next request on the connection', async () => {
    const next = 'GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n';
    const wire = await sendTinyChunks(server, json, MAX_TINY_CHUNKS + 10, `0\r\n\r\n${next}`);
    expect((await wire.response()).status).toBe(400);
    await wire.closed();
    await expect(wire.response()).rejects.toThrow(/ended after: $/);
  });

  it.each([
    ['is still arriving', 100_000, ''],
    ['has ended', MAX_TINY_CHUNKS + 10, '0\r\n\r\n'],
  ])(
    'gets a response in order if its request is queued behind another and its body %s',
    async (_what, count, end) => {
      const wire = await sendTinyChunks(server, FIRST + json, count, end);
      expect((await wire.response()).status).toBe(200);
      expect((await wire.response()).status).toBe(400);
      await wire.closed();
    },
  );

  it('is disconnected by a route that accepts no body', async () => {
    const head = FIRST + requestHead(CHUNKED).replace('/graphql', '/health');
    const wire = await sendTinyChunks(server, head, MAX_TINY_CHUNKS + 10, '0\r\n\r\n');
    await wire.closed();
  });

  it('gets its response with Node’s client, which reports no error', async () => {
    const outgoing = httpRequest(`${server.url}/graphql`, { method: 'POST', headers: JSON_TYPE });
    const errors: string[] = [];
    outgoing.on('error', (error) => errors.push(error.message));
    for (let count = 0; count < 50_000; count += 1) {
      outgoing.write(' ');
    }
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
    expect(JSON.parse(await text(response)).errors[0]).toMatchObject(TOO_MANY);
    expect(errors).toEqual([]);
  });
});
