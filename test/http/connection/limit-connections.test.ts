import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { createPeerAddress } from '../../../src/auth/client-address.ts';
import { type ConnectionServer, connectionServerForTest } from '../../support/connection-server.ts';
import { openWire, type Wire } from '../../support/wire.ts';

const GET = 'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n';
const POST = 'POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100000\r\n\r\n';
/** A slow body counts as stalled after a sixth of this time. After all of it, the server rejects the request. */
const RATE_WINDOW_MS = 4_000;

/** Returns the address of every client except 127.0.0.1, which stands for a proxy. */
const addressOf = (remoteAddress: string | undefined) =>
  remoteAddress === '127.0.0.1' ? undefined : remoteAddress;

/** Opens a connection and completes a request on it, so that the server counts it as idle. */
async function openIdle(server: ConnectionServer, localAddress?: string): Promise<Wire> {
  const wire = await openWire(server.url, localAddress);
  await expectResponse(server, wire);
  return wire;
}

/** Opens a connection on which the server is working on a response. */
async function openBusy(server: ConnectionServer, localAddress?: string): Promise<Wire> {
  const wire = await openWire(server.url, localAddress);
  await wire.send(GET);
  await server.nextResponse();
  return wire;
}

/** Opens a connection whose request body is incomplete. */
async function openReceiving(server: ConnectionServer, localAddress?: string): Promise<Wire> {
  const wire = await openWire(server.url, localAddress);
  await wire.send(POST);
  (await server.nextResponse()).req.resume();
  return wire;
}

async function expectResponse(server: ConnectionServer, wire: Wire): Promise<void> {
  await wire.send(GET);
  const response = await server.nextResponse();
  response.setHeader('Content-Length', 0).end();
  expect((await wire.response()).status).toBe(200);
  if (!response.closed) {
    await once(response, 'close');
  }
}

describe('When all connections are in use, a new connection', () => {
  it('replaces the connection that has been idle longest', async () => {
    const server = await connectionServerForTest({ maxConnections: 2 });
    const [first, second] = [await openIdle(server), await openIdle(server)];
    await expectResponse(server, first);
    const third = await openIdle(server);
    await second.closed();
    await expectResponse(server, first);
    await expectResponse(server, third);
  });

  it('replaces an idle connection rather than a connection with an incomplete body', async () => {
    const server = await connectionServerForTest({ maxConnections: 3 });
    const receiving = await openReceiving(server);
    const [busy, idle] = [await openBusy(server), await openIdle(server)];
    await openIdle(server);
    await idle.closed();
    expect([receiving.socket.closed, busy.socket.closed]).toEqual([false, false]);
  });

  it('replaces a connection with an incomplete body if no connection is idle', async () => {
    const server = await connectionServerForTest({ maxConnections: 2 });
    const [receiving, busy] = [await openReceiving(server), await openBusy(server)];
    await openIdle(server);
    await receiving.closed();
    expect(busy.socket.closed).toBe(false);
  });

  it('replaces the connection whose body arrives slowest', async () => {
    const server = await connectionServerForTest({ maxConnections: 2 });
    const slow = await openReceiving(server);
    const quick = await openWire(server.url);
    await quick.send(POST + 'x'.repeat(50_000));
    const { req } = await server.nextResponse();
    req.resume();
    await expect.poll(() => req.socket.bytesRead).toBeGreaterThan(50_000);
    server.measure();
    await openIdle(server);
    await slow.closed();
    expect(quick.socket.closed).toBe(false);
  });

  it('replaces a connection with a stalled body rather than an idle connection', async () => {
    const server = await connectionServerForTest({ maxConnections: 2 }, {}, RATE_WINDOW_MS);
    const idle = await openIdle(server);
    const stalled = await openReceiving(server);
    const began = performance.now();
    await expect.poll(() => performance.now() - began).toBeGreaterThan(RATE_WINDOW_MS / 2);
    server.measure();
    await openIdle(server);
    await stalled.closed();
    expect(idle.socket.closed).toBe(false);
  });

  it('replaces an idle connection rather than a connection that has yet to send its first request', async () => {
    const server = await connectionServerForTest({ maxConnections: 2 });
    const arriving = await openWire(server.url);
    const idle = await openIdle(server);
    await openIdle(server);
    await idle.closed();
    await expectResponse(server, arriving);
  });

  it('replaces a connection of an address above its fair share before idle connections of others', async () => {
    const server = await connectionServerForTest({ maxConnections: 4, addressOf });
    const others = [await openIdle(server, '127.0.0.2'), await openIdle(server, '127.0.0.3')];
    const flood = [await openReceiving(server, '127.0.0.4'), await openReceiving(server, '127.0.0.4')];
    await openIdle(server, '127.0.0.5');
    await flood[1]?.closed();
    expect(others.map(({ socket }) => socket.closed)).toEqual([false, false]);
  });

  it('replaces the connection with the newest body if no rate is measured yet', async () => {
    const server = await connectionServerForTest({ maxConnections: 2 });
    const [first, second] = [await openReceiving(server), await openReceiving(server)];
    await openIdle(server);
    await second.closed();
    expect(first.socket.closed).toBe(false);
  });

  it('is dropped if the server is working on all of them', async () => {
    const server = await connectionServerForTest({ maxConnections: 2 });
    const busy = [await openBusy(server), await openBusy(server)];
    const dropped = await openWire(server.url);
    await dropped.closed();
    expect(busy.map(({ socket }) => socket.closed)).toEqual([false, false]);
  });

  it('replaces a connection of the address with the most connections, even if others have been idle longer', async () => {
    const server = await connectionServerForTest({ maxConnections: 4, addressOf });
    const oldest = [await openIdle(server, '127.0.0.2'), await openIdle(server)];
    const [next] = [await openIdle(server, '127.0.0.3'), await openIdle(server, '127.0.0.3')];
    await openIdle(server, '127.0.0.4');
    await next?.closed();
    expect(oldest.map(({ socket }) => socket.closed)).toEqual([false, false]);
  });
});

describe('An address at its connection limit', () => {
  it('loses the connection that has been idle longest, and other addresses lose none', async () => {
    const server = await connectionServerForTest({ maxConnectionsPerAddress: 2, addressOf });
    const other = await openIdle(server, '127.0.0.3');
    const wires = [await openIdle(server, '127.0.0.2'), await openIdle(server, '127.0.0.2')];
    const third = await openIdle(server, '127.0.0.2');
    await wires[0]?.closed();
    for (const wire of [other, wires[1] as Wire, third]) {
      await expectResponse(server, wire);
    }
  });

  it('gets no new connection if the server is working on all of its connections', async () => {
    const server = await connectionServerForTest({ maxConnectionsPerAddress: 1, addressOf });
    const busy = await openBusy(server, '127.0.0.2');
    const dropped = await openWire(server.url, '127.0.0.2');
    await dropped.closed();
    expect(busy.socket.closed).toBe(false);
    await openIdle(server, '127.0.0.3');
  });

  it('is never loopback or a proxy, because these have no limit', async () => {
    const server = await connectionServerForTest({ maxConnectionsPerAddress: 1, addressOf });
    const wires = [await openIdle(server), await openIdle(server), await openIdle(server)];
    for (const wire of wires) {
      await expectResponse(server, wire);
    }
  });
});

describe('A connection counts toward', () => {
  const peerAddress = createPeerAddress(['10.0.0.0/8']);

  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['2001:db8:1:2:3::4', '20010db800010002'],
    ['2001:db8:1:2:ffff::1', '20010db800010002'],
  ])('its address or network: %s', (remoteAddress, address) => {
    expect(peerAddress(remoteAddress)).toBe(address);
  });

  it.each(['127.0.0.1', '::1', '::ffff:127.0.0.1', '10.1.2.3', '::ffff:10.1.2.3', undefined])(
    'no address if it comes from this machine or a trusted proxy, or is closed: %s',
    (remoteAddress) => {
      expect(peerAddress(remoteAddress)).toBeUndefined();
    },
  );
});
