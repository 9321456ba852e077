import { once } from 'node:events';
import { createServer, IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type BodyReader, BoundedRequest } from '../../../src/http/connection/bounded-request.ts';
import { FragmentedBodyError } from '../../../src/multipart/errors.ts';
import { openWire, requestHead, type Wire } from '../../support/wire.ts';

const CHUNKED = { 'Transfer-Encoding': 'chunked' };
const BODY = '{"query":"{ viewer { id } }"}';

interface Reading {
  readonly request: BoundedRequest;
  /** Calls of the reader: each chunk as text, `end` and `destroy`. */
  readonly calls: string[];
  /** Resolves with the text of all chunks, or rejects if the request is destroyed first. */
  readonly body: Promise<string>;
}

/** Request that stops its reader at the first chunk. */
class StoppedAtFirstChunk extends BoundedRequest {
  override readBody(reader: BodyReader): void {
    super.readBody({
      ...reader,
      onChunk: (chunk) => {
        reader.onChunk(chunk);
        this.stopReading();
      },
    });
  }
}

type Start = (request: BoundedRequest) => Promise<void> | undefined;

const atOnce: Start = () => undefined;
const aMicrotaskLater: Start = async () => {};
const twoTurnsLater: Start = async () => {
  await nextTurn();
  await nextTurn();
};

/** Serves requests for the current test. Each is read by a BodyReader, and its response is the body. */
async function serveReadings(
  start: Start = atOnce,
  Request: typeof BoundedRequest = BoundedRequest,
): Promise<{ open(): Promise<Wire>; nextReading(): Promise<Reading> }> {
  const readings: Reading[] = [];
  const server = createServer(
    { IncomingMessage: Request, optimizeEmptyRequests: true },
    (request, response) => {
      const { promise, resolve, reject } = Promise.withResolvers<string>();
      promise.catch(() => {});
      const reading = { request, calls: [] as string[], body: promise };
      let received = '';
      const read = () =>
        request.readBody({
          onChunk(chunk) {
            reading.calls.push(chunk.toString());
            received += chunk.toString();
          },
          onEnd() {
            reading.calls.push('end');
            resolve(received);
            response.end(received);
          },
          onDestroy() {
            reading.calls.push('destroy');
            reject(request.errored ?? new Error('destroyed'));
          },
        });
      const delay = start(request);
      if (delay === undefined) {
        read();
      } else {
        void delay.then(read);
      }
      readings.push(reading);
      server.emit('reading');
    },
  );
  server.on('clientError', (_error, socket) => socket.destroy());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return {
    async open() {
      const wire = await openWire(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
      onTestFinished(() => wire[Symbol.dispose]());
      return wire;
    },
    async nextReading() {
      while (readings.length === 0) {
        await once(server, 'reading');
      }
      return readings.shift() as Reading;
    },
  };
}

const withLength = (body: string) => requestHead({ 'Content-Length': String(body.length) });
const chunked = (body: string) => [...body].map((character) => `1\r\n${character}\r\n`).join('');

describe.each([
  ['at once', atOnce],
  ['a microtask later', aMicrotaskLater],
  ['two turns later', twoTurnsLater],
])('A body that is read %s', (_when, start) => {
  it.each<[string, string[], string]>([
    ['arrives with its headers', [withLength(BODY) + BODY], BODY],
    ['arrives after its headers', [withLength(BODY), BODY], BODY],
    ['arrives in two parts', [withLength(BODY) + BODY.slice(0, 9), BODY.slice(9)], BODY],
    ['has chunks of one byte', [`${requestHead(CHUNKED)}${chunked(BODY)}`, '0\r\n\r\n'], BODY],
    ['is chunked and empty', [`${requestHead(CHUNKED)}0\r\n\r\n`], ''],
    ['has no bytes', [requestHead({ 'Content-Length': '0' })], ''],
    ['has neither a length nor chunks', [requestHead({})], ''],
    ['is larger than a read', [withLength('x'.repeat(200_000)), 'x'.repeat(200_000)], 'x'.repeat(200_000)],
  ])('is complete if it %s, and the connection serves the next request', async (_what, packets, body) => {
    const server = await serveReadings(start);
    const wire = await server.open();
    for (let round = 1; round <= 3; round += 1) {
      for (const packet of packets) {
        await wire.send(packet);
        await nextTurn();
      }
      const reading = await server.nextReading();
      expect(await reading.body).toBe(body);
      expect((await wire.response()).body).toBe(body);
      expect(reading.calls.filter((call) => call === 'end' || call === 'destroy')).toEqual(['end']);
    }
  });

  it('is complete if its request is queued behind another', async () => {
    const server = await serveReadings(start);
    const wire = await server.open();
    await wire.send(`${withLength('first')}first${withLength(BODY)}${BODY}`);
    expect((await wire.response()).body).toBe('first');
    expect((await wire.response()).body).toBe(BODY);
  });

  it('is destroyed once if the client disconnects in the middle', async () => {
    const server = await serveReadings(start);
    const wire = await server.open();
    await wire.send(withLength(BODY) + BODY.slice(0, 9));
    const reading = await server.nextReading();
    await expect.poll(() => reading.calls).toEqual([BODY.slice(0, 9)]);
    wire.socket.resetAndDestroy();
    await expect(reading.body).rejects.toThrow();
    await nextTurn();
    expect(reading.calls).toEqual([BODY.slice(0, 9), 'destroy']);
  });

  it('is destroyed with FragmentedBodyError if it has too many small chunks', async () => {
    const server = await serveReadings(start);
    const wire = await server.open();
    void wire.send(requestHead(CHUNKED) + chunked('x'.repeat(3_000))).catch(() => {});
    const reading = await server.nextReading();
    await expect(reading.body).rejects.toBeInstanceOf(FragmentedBodyError);
    expect(reading.calls.at(-1)).toBe('destroy');
  });
});

describe('A request whose body is read without its stream', () => {
  it('emits no stream events, and counts as closed', async () => {
    const events: string[] = [];
    const server = await serveReadings((request) => {
      for (const event of ['resume', 'end', 'close', 'error']) {
        request.on(event, () => events.push(event));
      }
      return undefined;
    });
    const wire = await server.open();
    await wire.send(withLength(BODY) + BODY);
    await wire.response();
    await nextTurn();
    const { request } = await server.nextReading();
    expect(events).toEqual([]);
    expect([request.complete, request.readableEnded, request.closed]).toEqual([true, true, true]);
  });

  it('serves the next request if Node cannot close the stream', async () => {
    class OlderRequest extends BoundedRequest {
      readonly _dumpAndCloseReadable = undefined;
    }
    const server = await serveReadings(atOnce, OlderRequest);
    const wire = await server.open();
    for (let round = 1; round <= 3; round += 1) {
      await wire.send(withLength(BODY) + BODY);
      expect((await wire.response()).body).toBe(BODY);
      const { request } = await server.nextReading();
      await expect.poll(() => request.readableEnded).toBe(true);
    }
  });

  it('leaves the rest of the body to the stream if its reader stops', async () => {
    const server = await serveReadings();
    const wire = await server.open();
    await wire.send(`${withLength('first, rest')}first`);
    const { request, calls } = await server.nextReading();
    await expect.poll(() => calls).toEqual(['first']);
    request.stopReading();
    await wire.send(', rest');
    expect(await text(request)).toBe(', rest');
    expect(calls).toEqual(['first']);
  });

  it.each([
    ['arrives later', atOnce],
    ['has already arrived', twoTurnsLater],
  ])('calls a reader no more after it has stopped: the body %s', async (_when, start) => {
    const server = await serveReadings(start, StoppedAtFirstChunk);
    const wire = await server.open();
    await wire.send(`${withLength('first')}first`);
    const { request, calls } = await server.nextReading();
    await expect.poll(() => calls).toEqual(['first']);
    request.resume();
    await expect.poll(() => request.readableEnded).toBe(true);
    expect(calls).toEqual(['first']);
  });

  it('relies on a method that this version of Node has', () => {
    expect(IncomingMessage.prototype).toHaveProperty('_dumpAndCloseReadable');
  });
});
