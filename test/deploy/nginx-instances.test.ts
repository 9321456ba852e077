import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startBehindNginx } from '../support/behind-nginx.ts';
import { builtFile } from '../support/built-file.ts';
import { findFreePort } from '../support/free-port.ts';
import { query, UPLOAD, upload } from '../support/graphql.ts';
import { type Nginx, startNginx } from '../support/nginx.ts';
import { pictureFile, picturePath } from '../support/pictures.ts';
import { type Portrait, portraitForTest } from '../support/portrait.ts';
import { signedIn } from '../support/signed-in.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { BODY_END, fileHead, openWire, preludeFor, requestHead } from '../support/wire.ts';

const run = promisify(execFile);

describe('With two instances', () => {
  it('one takes over when the other is down, and clients get SERVER_BUSY when both are', async () => {
    const ports = [await findFreePort(), await findFreePort()];
    const [first, second] = (await Promise.all(ports.map((port) => instance(port)))) as [Portrait, Portrait];
    const nginx = await startNginx({ upstreams: ports });
    onTestFinished(() => nginx[Symbol.asyncDispose]());
    await sendTenQueries(nginx);
    await expect.poll(() => upstreamsOf(nginx)).toEqual(new Set(ports));

    await first.end('SIGKILL');
    await sendTenQueries(nginx);
    await uploadOne(nginx);

    await second.end('SIGKILL');
    const { status, headers, errors } = await query(nginx, '{ viewer { id } }');
    expect([status, errors?.[0]?.extensions]).toEqual([503, { code: 'SERVER_BUSY', retryAfter: 5 }]);
    expect([headers.get('Retry-After'), headers.get('Content-Type')]).toEqual([
      '5',
      'application/graphql-response+json',
    ]);

    await instance(ports[0] as number);
    await expect.poll(async () => (await query(nginx, '{ viewer { id } }')).status).toBe(200);
    await uploadOne(nginx);
  });

  it('a stopping instance finishes its upload, and the other gets all new requests', async () => {
    const ports = [await findFreePort(), await findFreePort()];
    const instances = await Promise.all(ports.map((port) => instance(port)));
    const nginx = await startNginx({ upstreams: ports });
    onTestFinished(() => nginx[Symbol.asyncDispose]());
    const picture = await readFile(picturePath('photo.webp'));
    const head = preludeFor(UPLOAD) + fileHead('0', 'photo.webp');
    using wire = await openWire(nginx.url);
    await wire.send(requestHead({ 'Content-Length': head.length + picture.length + BODY_END.length }) + head);
    await wire.send(picture.subarray(0, 100_000));
    const receiving = async () => {
      const uploads = await Promise.all(instances.map((one) => one.uploads()));
      return uploads.findIndex((names) => names.length > 0);
    };
    await expect.poll(receiving).not.toBe(-1);
    const index = await receiving();
    const ended = instances[index]?.end('SIGTERM');
    await expect.poll(() => isListening(ports[index] as number)).toBe(false);
    await sendTenQueries(nginx);
    await uploadOne(nginx);
    await wire.send(picture.subarray(100_000));
    await wire.send(BODY_END);
    expect((await wire.response()).status).toBe(200);
    expect(await ended).toBe(0);
  });
});

it('A file that only some instances have is found, compressed and with its ETag', async () => {
  const portrait = await instance(await findFreePort());
  await using older = createServer((_request, response) => response.writeHead(404).end());
  await once(older.listen(0, '127.0.0.1'), 'listening');
  const upstreams = [(older.address() as AddressInfo).port, Number(new URL(portrait.url).port)];
  await using nginx = await startNginx({ upstreams });
  const direct = await fetch(portrait.url + builtFile('page.js'), { headers: { 'Accept-Encoding': 'br' } });
  for (let count = 0; count < 4; count += 1) {
    const response = await fetch(nginx.url + builtFile('page.js'), { headers: { 'Accept-Encoding': 'br' } });
    expect(response.status).toBe(200);
    for (const name of ['Content-Encoding', 'ETag', 'Cache-Control', 'Content-Length']) {
      expect(response.headers.get(name), name).toBe(direct.headers.get(name));
    }
    expect(await response.text()).toBe(await (await fetch(portrait.url + builtFile('page.js'))).text());
  }
  expect((await fetch(`${nginx.url}/static/page/page-00000000.js`)).status).toBe(404);
});

describe('A public URL with a path', () => {
  const PATH = '/portrait';
  /** Makes the change that deploy/nginx.conf describes for a path. */
  const change = (config: string) =>
    config
      .replace('location / {', `location ${PATH}/ {`)
      .replace('location /static/page/ {', `location ${PATH}/static/page/ {`)
      .replace('location /static/elements/ {', `location ${PATH}/static/elements/ {`)
      .replace('"^/static', `"^${PATH}/static`);

  it('is served below its path, with pictures from nginx itself, and does not affect other paths of the host', async () => {
    await using server = await startBehindNginx({ path: PATH, change });
    const { data } = await upload(server, await pictureFile('photo.webp'), {}, await signedIn('alice'));
    const picture = data?.uploadProfilePicture.profilePicture?.url as string;
    expect(picture.startsWith(`${server.url}/static/pictures/`)).toBe(true);
    const page = await fetch(`${server.url}/`);
    expect([page.status, await page.text()]).toEqual([
      200,
      expect.stringContaining(PATH + builtFile('style.css')),
    ]);
    expect((await fetch(`${server.url}/static/style.css`)).status).toBe(200);
    expect((await fetch(`${server.nginx.url}/health`)).status).toBe(404);
    await server.portrait.end('SIGKILL');
    expect((await fetch(picture)).status).toBe(200);
  });
});

describe('With TLS and HTTP/2', () => {
  it('uploads and error responses work, text is compressed, and responses have Strict-Transport-Security', async () => {
    const folder = await temporaryFolder();
    const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
    const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
    await run('openssl', [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
      ...[...subject, '-keyout', key, '-out', certificate],
    ]);
    const change = (config: string) =>
      config
        .replace(/^ *listen 127\.0\.0\.1:\d+;$/m, '')
        .replaceAll('#tls ', '')
        .replace('/etc/ssl/portrait/fullchain.pem', certificate)
        .replace('/etc/ssl/portrait/privkey.pem', key);
    await using server = await startBehindNginx({ scheme: 'https', change });
    const { Authorization = '' } = await signedIn('alice');
    const curl = async (...args: string[]) => {
      const fixed = ['--silent', '--cacert', certificate, '--http2', '-H', `Authorization: ${Authorization}`];
      return (await run('curl', [...fixed, ...args])).stdout;
    };
    const send = async (file: string) => {
      const operations = JSON.stringify({ query: UPLOAD, variables: { file: null } });
      const fields = [
        '-F',
        `operations=${operations}`,
        '-F',
        'map={"0":["variables.file"]}',
        '-F',
        `0=@${file}`,
      ];
      const figures = ['--write-out', '\n%{http_code} %{http_version}'];
      const [body = '', written] = (await curl(...figures, `${server.url}/graphql`, ...fields)).split('\n');
      return { ...JSON.parse(body), written };
    };
    const passed = await send(picturePath('photo.webp'));
    expect(passed.written).toBe('200 2');
    const large = join(folder, 'large.jpg');
    await writeFile(large, Buffer.alloc(50_000_000));
    const rejected = await send(large);
    expect([rejected.written, rejected.errors[0].extensions.code]).toEqual(['413 2', 'FILE_TOO_LARGE']);
    const gzip = ['-H', 'Accept-Encoding: gzip', '--output', '/dev/null', '--dump-header', '-'];
    const picture = await curl(...gzip, passed.data.uploadProfilePicture.profilePicture.url);
    const style = await curl(...gzip, `${server.url}/static/style.css`);
    for (const head of [picture, style]) {
      expect(head).toMatch(/^HTTP\/2 200/);
      expect(head.match(/^strict-transport-security: max-age=31536000\r$/gim)).toHaveLength(1);
    }
    expect(style).toMatch(/^content-encoding: gzip\r$/im);
    expect(picture).not.toMatch(/content-encoding/i);
  });
});

function instance(port: number): Promise<Portrait> {
  return portraitForTest({ env: { PORT: String(port), TRUST_PROXY: '127.0.0.1' } });
}

async function isListening(port: number): Promise<boolean> {
  try {
    (await openWire(`http://127.0.0.1:${port}`))[Symbol.dispose]();
    return true;
  } catch {
    return false;
  }
}

async function sendTenQueries(nginx: Nginx): Promise<void> {
  for (let count = 0; count < 10; count += 1) {
    expect((await query(nginx, '{ viewer { id } }')).status).toBe(200);
  }
}

async function uploadOne(nginx: Nginx): Promise<void> {
  expect((await upload(nginx, await pictureFile('photo.webp'))).status).toBe(200);
}

/** Returns the ports of the instances that responded, according to nginx's log. */
async function upstreamsOf(nginx: Nginx): Promise<Set<number>> {
  const log = await nginx.accessLog();
  return new Set([...log.matchAll(/ 127\.0\.0\.1:(\d+) /g)].map(([, port]) => Number(port)));
}
