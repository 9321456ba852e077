import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startBehindNginx } from '../support/behind-nginx.ts';
import { query, UPLOAD } from '../support/graphql.ts';
import { startNginx } from '../support/nginx.ts';
import { picturePath } from '../support/pictures.ts';
import { signedIn } from '../support/signed-in.ts';
import { fileHead, openWire, preludeFor, requestHead } from '../support/wire.ts';

/** Starts nginx with an instance that only records the requests from nginx. */
async function recordingInstance() {
  const seen: { url: string | undefined; headers: IncomingHttpHeaders }[] = [];
  let connections = 0;
  const server = createServer((request, response) => {
    seen.push({ url: request.url, headers: request.headers });
    response.end('recorded');
  });
  server.on('connection', () => {
    connections += 1;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const nginx = await startNginx({ upstreams: [(server.address() as AddressInfo).port] });
  onTestFinished(() => nginx[Symbol.asyncDispose]());
  return { nginx, seen, connections: () => connections };
}

describe('An instance', () => {
  it('gets the client’s address only from nginx, and the host and path unchanged', async () => {
    const { nginx, seen } = await recordingInstance();
    using wire = await openWire(nginx.url);
    await wire.send(
      'GET /a%2Fb/../c?x=%20y HTTP/1.1\r\nHost: Pictures.example:8443\r\n' +
        'X-Forwarded-For: 203.0.113.7\r\nX-Forwarded-For: 203.0.113.8, 203.0.113.9\r\nConnection: close\r\n\r\n',
    );
    expect((await wire.response()).status).toBe(200);
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({
      url: '/a%2Fb/../c?x=%20y',
      headers: { host: 'Pictures.example:8443', 'x-forwarded-for': '127.0.0.1' },
    });
  });

  it('gets requests over persistent connections, even if clients close their own', async () => {
    const { nginx, seen, connections } = await recordingInstance();
    for (let count = 0; count < 20; count += 1) {
      const response = await fetch(nginx.url, { headers: { Connection: 'close' } });
      expect(await response.text()).toBe('recorded');
    }
    expect(seen).toHaveLength(20);
    // One connection from each worker process.
    expect(connections()).toBeLessThanOrEqual(2);
  });
});

describe('Requests above the limit of a client', () => {
  const LIMIT = { REQUESTS_PER_MINUTE: '2' };
  /** Simulates a load balancer, which passes the client's address to nginx. */
  const REAL_IP = 'set_real_ip_from 127.0.0.1; real_ip_header X-Client-For-Test;';

  it('are rejected, unlike those of other clients, and a forged header does not change the client', async () => {
    await using server = await startBehindNginx({ env: LIMIT, http: REAL_IP });
    const statuses = async (client: string, forged?: string) => {
      const headers = { 'X-Client-For-Test': client, ...(forged && { 'X-Forwarded-For': forged }) };
      const { status, errors } = await query(server, '{ viewer { id } }', {}, headers);
      return errors?.[0]?.extensions.code ?? status;
    };
    expect(await statuses('203.0.113.7')).toBe(200);
    expect(await statuses('203.0.113.7', '198.51.100.1')).toBe(200);
    expect(await statuses('203.0.113.7')).toBe('RATE_LIMITED');
    expect(await statuses('203.0.113.7', '198.51.100.1')).toBe('RATE_LIMITED');
    expect(await statuses('203.0.113.8', '203.0.113.7')).toBe(200);
    expect(await statuses('2001:db8::1')).toBe(200);
  });

  it('are rejected with Retry-After', async () => {
    await using server = await startBehindNginx({ env: { REQUESTS_PER_MINUTE: '1' }, http: REAL_IP });
    const from = { 'X-Client-For-Test': '203.0.113.7' };
    await query(server, '{ viewer { id } }', {}, from);
    const { status, headers, errors } = await query(server, '{ viewer { id } }', {}, from);
    expect(status).toBe(429);
    expect(headers.get('Retry-After')).toBe(String(errors?.[0]?.extensions['retryAfter']));
  });

  it('are not rejected if TRUST_PROXY does not name the nginx on this machine, and Portrait logs a warning', async () => {
    await using server = await startBehindNginx({ env: { ...LIMIT, TRUST_PROXY: '' }, http: REAL_IP });
    for (let count = 0; count < 4; count += 1) {
      const from = { 'X-Client-For-Test': '203.0.113.7' };
      expect((await query(server, '{ viewer { id } }', {}, from)).status).toBe(200);
    }
    await expect.poll(() => server.portrait.log()).toContain('TRUST_PROXY is not set');
  });
});

it('A client that stalls in the middle of an upload receives Portrait’s timeout error', async () => {
  await using server = await startBehindNginx();
  const head = preludeFor(UPLOAD) + fileHead('0', 'photo.webp');
  using wire = await openWire(server.url);
  const headers = { ...(await signedIn('alice')), Accept: 'application/graphql-response+json' };
  await wire.send(requestHead({ ...headers, 'Content-Length': 1_000_000 }) + head);
  await wire.send((await readFile(picturePath('photo.webp'))).subarray(0, 100_000));
  const { status, body } = await wire.response();
  const [{ message, extensions }] = JSON.parse(body).errors;
  expect([status, extensions.code, message]).toEqual([400, 'BAD_REQUEST', expect.stringContaining('30 s')]);
  await expect.poll(() => server.portrait.uploads()).toEqual([]);
});
