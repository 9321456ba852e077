import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { uploadBytes } from '../../hostile/upload-bytes.ts';
import { connectionServerForTest } from '../../support/connection-server.ts';
import { uploaded } from '../../support/graphql.ts';
import { pictureFile } from '../../support/pictures.ts';
import { portraitForTest } from '../../support/portrait.ts';
import { childrenOf } from '../../support/processes.ts';
import { SMALL_PICTURE } from '../../support/unharmed.ts';
import { openWire, type Wire, type WireResponse } from '../../support/wire.ts';

const get = (version: string) => `GET / HTTP/${version}\r\nHost: 127.0.0.1\r\n\r\n`;

/** Returns the next response that is not an interim one. */
async function finalResponse(wire: Wire): Promise<WireResponse> {
  for (;;) {
    const answer = await wire.response();
    if (answer.status >= 200) {
      return answer;
    }
  }
}

describe('A client that sends FIN after its request', () => {
  it('gets the response, and then the server closes the connection', async () => {
    const server = await connectionServerForTest();
    using wire = await openWire(server.url);
    wire.socket.end(get('1.1'));
    const response = await server.nextResponse();
    // The interim response is a probe, which shows that the server has read the FIN.
    expect((await wire.response()).status).toBe(102);
    response.setHeader('Content-Length', 2).end('ok');
    expect(await finalResponse(wire)).toMatchObject({ status: 200, body: 'ok' });
    await wire.closed();
  });

  it('gets the responses to all its pipelined requests', async () => {
    const server = await connectionServerForTest();
    using wire = await openWire(server.url);
    wire.socket.end(get('1.1').repeat(3));
    for (const body of ['one', 'two', 'three']) {
      (await server.nextResponse()).setHeader('Content-Length', body.length).end(body);
      expect((await finalResponse(wire)).body).toBe(body);
    }
    await wire.closed();
  });

  it('gets only the final response over HTTP/1.0, which has no interim responses', async () => {
    const server = await connectionServerForTest();
    using wire = await openWire(server.url);
    using newer = await openWire(server.url);
    wire.socket.end(get('1.0'));
    const response = await server.nextResponse();
    newer.socket.end(get('1.1'));
    for (let probes = 0; probes < 3; probes += 1) {
      expect((await newer.response()).status).toBe(102);
    }
    response.setHeader('Content-Length', 2).end('ok');
    expect(await wire.response()).toMatchObject({ status: 200, body: 'ok' });
    await wire.closed();
  });

  it('and then resets the connection is detected, also over HTTP/1.0', async () => {
    const server = await connectionServerForTest();
    for (const version of ['1.1', '1.0']) {
      const wire = await openWire(server.url);
      wire.socket.end(get(version));
      const response = await server.nextResponse();
      // Node itself would detect a reset that arrives before the server has read the FIN.
      await expect.poll(() => response.req.socket.readableEnded).toBe(true);
      wire.socket.resetAndDestroy();
      await once(response, 'close');
      expect(response.writableFinished, version).toBe(false);
    }
  });

  it('gets 400 if the body is incomplete', async () => {
    const server = await connectionServerForTest();
    using wire = await openWire(server.url);
    wire.socket.end('POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\nbody');
    expect((await finalResponse(wire)).status).toBe(400);
    await wire.closed();
  });

  it('and then disconnects is detected while the server works on the response', async () => {
    const server = await connectionServerForTest();
    const wire = await openWire(server.url);
    wire.socket.end(get('1.1'));
    const response = await server.nextResponse();
    await expect.poll(() => response.req.socket.readableEnded).toBe(true);
    wire.socket.destroy();
    await once(response, 'close');
    expect(response.writableFinished).toBe(false);
  });
});

const DOCUMENT = '{ viewer { id } }';

it('The complete server answers a query whose client sends FIN after it', async () => {
  const server = await portraitForTest();
  using wire = await openWire(server.url);
  wire.socket.end(
    `GET /graphql?${new URLSearchParams({ query: DOCUMENT })} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`,
  );
  expect((await finalResponse(wire)).body).toBe('{"data":{"viewer":{"id":"demo"}}}');
  await wire.closed();
});

it('A queued upload is published if its client half-closes the connection, but not if the client disconnects', async () => {
  const server = await portraitForTest({ env: { IMAGE_WORKERS: '1' } });
  const [upload, picture] = await Promise.all([uploadBytes(), pictureFile(SMALL_PICTURE)]);
  await uploaded(server, picture);
  const decoders = await childrenOf(server.pid);
  signal(decoders, 'SIGSTOP');
  const first = uploaded(server, picture);
  await expect.poll(() => server.uploads()).toHaveLength(1);
  const [leaving, half] = [await openWire(server.url), await openWire(server.url)];
  const older = await openWire(server.url);
  half.socket.end(upload.bytes);
  older.socket.end(upload.bytes.toString('latin1').replace('HTTP/1.1', 'HTTP/1.0'), 'latin1');
  await leaving.send(upload.bytes);
  await expect.poll(() => server.uploads()).toHaveLength(4);
  leaving.socket.destroy();
  older.socket.resetAndDestroy();
  await expect.poll(() => server.uploads()).toHaveLength(2);
  signal(decoders, 'SIGCONT');
  await first;
  expect((await finalResponse(half)).status).toBe(200);
  await expect.poll(() => server.uploads()).toEqual([]);
  expect(await server.pictures()).toHaveLength(3);
});

function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    process.kill(pid, name);
  }
}
