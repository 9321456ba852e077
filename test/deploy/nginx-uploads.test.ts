import { once } from 'node:events';
import { readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { REQUEST_TIMEOUTS } from '../../src/app.ts';
import { type BehindNginx, startBehindNginx } from '../support/behind-nginx.ts';
import { uploadWithCurl } from '../support/curl.ts';
import { query, UPLOAD, upload } from '../support/graphql.ts';
import { paddedPicture, picturePath } from '../support/pictures.ts';
import { signedIn } from '../support/signed-in.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { BODY_END, BOUNDARY, fileHead, openWire, preludeFor, requestHead } from '../support/wire.ts';

const MIB = 1024 * 1024;
const GB = 1_000_000_000;
const ACCEPT = { Accept: 'application/graphql-response+json' };

let server: BehindNginx;
let alice: Record<string, string>;

beforeAll(async () => {
  server = await startBehindNginx({ env: { UPLOADS_PER_HOUR: '0' } });
  alice = await signedIn('alice');
});
afterAll(() => server[Symbol.asyncDispose]());

/** Returns how many bytes of the current upload Portrait has received. */
async function received(): Promise<number> {
  const [name] = await server.portrait.uploads();
  return name === undefined ? 0 : (await stat(join(server.portrait.folder, 'uploads', name))).size;
}

/** Returns curl's options for a request by Alice. */
function asAlice(): string[] {
  return ['-H', `Authorization: ${alice['Authorization']}`];
}

function codeOf(body: string): unknown {
  return JSON.parse(body).errors[0].extensions.code;
}

describe('An upload through nginx', () => {
  it('reaches Portrait while the client is still sending', async () => {
    const picture = await readFile(picturePath('photo.webp'));
    const head = preludeFor(UPLOAD) + fileHead('0', 'photo.webp');
    using wire = await openWire(server.url);
    const length = head.length + picture.length + BODY_END.length;
    await wire.send(requestHead({ ...alice, 'Content-Length': length }) + head);
    await wire.send(picture.subarray(0, 50_000));
    await expect.poll(received).toBeGreaterThan(40_000);
    const before = await received();
    await wire.send(picture.subarray(50_000, 100_000));
    await expect.poll(received).toBeGreaterThan(before);
    await wire.send(picture.subarray(100_000));
    await wire.send(BODY_END);
    const { status, body } = await wire.response();
    expect([status, JSON.parse(body).data.uploadProfilePicture.id]).toEqual([200, 'alice']);
  });

  it('has a longer time limit in nginx than Portrait’s limit for idle requests', async () => {
    const config = await readFile(join(import.meta.dirname, '../../deploy/nginx.conf'), 'utf8');
    const [, seconds] = /proxy_read_timeout (\d+)s;/.exec(config) ?? [];
    expect(Number(seconds) * 1000).toBeGreaterThan(REQUEST_TIMEOUTS.idle);
  });

  it('succeeds with exactly 5 MiB, and is rejected with one byte more', async () => {
    const { status, data } = await upload(server, await paddedPicture(5 * MIB), {}, alice);
    expect([status, data?.uploadProfilePicture.profilePicture?.width]).toEqual([200, 2725]);
    const { status: rejected, errors } = await upload(server, await paddedPicture(5 * MIB + 1), {}, alice);
    expect([rejected, errors?.[0]?.extensions]).toEqual([413, { code: 'FILE_TOO_LARGE', maxBytes: 5 * MIB }]);
  });
});

describe('nginx passes on Portrait’s rejection', () => {
  it('of 1 GB that a client announces and never sends', async () => {
    using wire = await openWire(server.url);
    await wire.send(requestHead({ ...alice, ...ACCEPT, 'Content-Length': GB }));
    const { status, headers, body } = await wire.response();
    expect([status, codeOf(body)]).toEqual([413, 'FILE_TOO_LARGE']);
    expect(headers['x-request-id']).toBeTruthy();
  });

  it.for([
    { how: 'waits for 100 Continue', headers: ['-H', 'Expect: 100-continue'] },
    { how: 'sends at once', headers: ['-H', 'Expect:'] },
    { how: 'announces no length', headers: ['-H', 'Expect:', '-H', 'Transfer-Encoding: chunked'] },
  ])('of 1 GB from a client that $how', async ({ headers }) => {
    const file = join(await temporaryFolder(), 'large.jpg');
    await writeFile(file, await readFile(picturePath('photo-2725x2225.jpg')));
    await truncate(file, GB);
    const { status, body, sent } = await uploadWithCurl(server.url, file, [...asAlice(), ...headers]);
    expect([status, codeOf(body)]).toEqual([413, 'FILE_TOO_LARGE']);
    expect(sent).toBeLessThan(GB / 10);
  });

  it('of an upload without a token, before the client has sent the file', async () => {
    using wire = await openWire(server.url);
    await wire.send(requestHead({ ...ACCEPT, 'Content-Length': 5 * MIB }));
    await wire.send(`${preludeFor(UPLOAD)}${fileHead('0', 'me.jpg')}x`);
    const { status, body } = await wire.response();
    expect([status, codeOf(body)]).toEqual([401, 'UNAUTHENTICATED']);
  });

  it('of an unsupported media type, before the client has sent the body', async () => {
    using wire = await openWire(server.url);
    await wire.send(requestHead({ ...ACCEPT, 'Content-Type': 'image/jpeg', 'Content-Length': 5 * MIB }));
    const { status, body } = await wire.response();
    expect([status, codeOf(body)]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
  });

  it.for([
    {
      of: 'a request from another site',
      path: '/graphql',
      headers: { Origin: 'https://evil.example' },
      code: 403,
    },
    { of: 'a body that is not JSON', path: '/graphql', headers: {}, code: 400 },
  ])('of $of', async ({ path, headers, code }) => {
    const response = await fetch(server.url + path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...ACCEPT, ...headers },
      body: '{',
    });
    expect(response.status).toBe(code);
    expect(codeOf(await response.text())).toMatch(/^(CROSS_SITE_REQUEST|BAD_REQUEST)$/);
  });

  it('of a method other than GET and POST', async () => {
    const response = await fetch(`${server.url}/graphql`, { method: 'DELETE', headers: ACCEPT });
    expect([response.status, response.headers.get('Allow')]).toEqual([405, 'GET, POST']);
    expect(codeOf(await response.text())).toBe('METHOD_NOT_ALLOWED');
  });

  it('of a path that does not exist', async () => {
    const response = await fetch(`${server.url}/nowhere`);
    expect([response.status, await response.text()]).toEqual([404, 'Not found. Check the URL.\n']);
  });
});

describe('An error response during an upload of 50 MiB is read', () => {
  const rounds = Array.from({ length: 5 }, (_, round) => round);
  const LARGE = 50 * MIB;
  let roomy: BehindNginx;

  beforeAll(async () => {
    // The limit is so high that Portrait cannot reject a request because of its announced length.
    roomy = await startBehindNginx({ env: { MAX_UPLOAD_BYTES: String(2 * LARGE), UPLOADS_PER_HOUR: '0' } });
  });
  afterAll(() => roomy[Symbol.asyncDispose]());

  function largeBody(): Uint8Array<ArrayBuffer> {
    const head = Buffer.from(preludeFor(UPLOAD) + fileHead('0', 'me.jpg', 'image/jpeg'));
    return new Uint8Array(
      Buffer.concat([head, Buffer.alloc(LARGE, 'not a picture '), Buffer.from(BODY_END)]),
    );
  }
  const headers = () => ({
    'Content-Type': `multipart/form-data; boundary=${BOUNDARY}`,
    ...ACCEPT,
    ...alice,
  });

  it('by undici’s fetch', async () => {
    for (const round of rounds) {
      const response = await fetch(`${roomy.url}/graphql`, {
        method: 'POST',
        headers: headers(),
        body: largeBody(),
      });
      expect([response.status, codeOf(await response.text())], `round ${round}`).toEqual([
        415,
        'UNSUPPORTED_FILE_TYPE',
      ]);
      expect((await query(roomy, '{ viewer { id } }')).status).toBe(200);
    }
  });

  it('by Node’s client, which gets no error and does not reuse the connection', async () => {
    for (const round of rounds) {
      const outgoing = httpRequest(`${roomy.url}/graphql`, { method: 'POST', headers: headers() });
      const errors: string[] = [];
      outgoing.on('error', (error) => errors.push(error.message)).end(largeBody());
      const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
      const body = await text(response);
      if (!outgoing.closed) {
        await once(outgoing, 'close');
      }
      expect([response.statusCode, codeOf(body), errors], `round ${round}`).toEqual([
        415,
        'UNSUPPORTED_FILE_TYPE',
        [],
      ]);
      // nginx closes the connection, so the next request over it would be lost.
      expect([response.headers['connection'], outgoing.reusedSocket]).toEqual(['keep-alive, close', false]);
    }
  });

  it('by curl', async () => {
    const file = join(await temporaryFolder(), 'large.jpg');
    await writeFile(file, Buffer.alloc(LARGE, 'not a picture '));
    const { status, body } = await uploadWithCurl(roomy.url, file, [...asAlice(), '-H', 'Expect:']);
    expect([status, codeOf(body)]).toEqual([415, 'UNSUPPORTED_FILE_TYPE']);
    await expect.poll(() => roomy.portrait.uploads()).toEqual([]);
  });
});

it('A client that waits for 100 Continue receives it', async () => {
  using wire = await openWire(server.url);
  const body = `${preludeFor('{ viewer { id } }')}--${BOUNDARY}--\r\n`;
  await wire.send(requestHead({ 'Content-Length': body.length, Expect: '100-continue' }));
  expect((await wire.response()).status).toBe(100);
  await wire.send(body);
  const response = await wire.response();
  expect([response.status, response.body]).toEqual([200, '{"data":{"viewer":null}}']);
});

it('nginx logs neither tokens nor queries, and its responses do not reveal its version', async () => {
  const { status, headers } = await query(server, '{ viewer { id } }', {}, alice);
  expect([status, headers.get('Server')]).toEqual([200, 'nginx']);
  await fetch(`${server.url}/graphql?query={viewer{id}}&secret=1`, {
    headers: { ...alice, Referer: `${server.url}/?secret=2`, Cookie: 'session=secret' },
  });
  await expect.poll(() => server.nginx.accessLog()).toMatch(/"GET \/graphql" 200/);
  expect(await server.nginx.accessLog()).not.toMatch(/secret|Bearer|viewer|\?/);
});
