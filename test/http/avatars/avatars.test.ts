import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MAX_FILE_BYTES } from '../../../src/http/files/pictures-in-memory.ts';
import { findFreePort } from '../../support/free-port.ts';
import { query, uploaded } from '../../support/graphql.ts';
import { pictureFile } from '../../support/pictures.ts';
import { type Portrait, startPortrait } from '../../support/portrait.ts';
import { AUTH_SECRET, signedIn } from '../../support/signed-in.ts';
import { openWire } from '../../support/wire.ts';

const CHROMIUM = 'image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8';
const CACHE_CONTROL = 'public, max-age=300, stale-while-revalidate=86400';

let portrait: Portrait;
/** Rendition of alice's picture, of 128 pixels as WebP. */
let rendition: string;

beforeAll(async () => {
  portrait = await startPortrait({ env: { AUTH_SECRET, UPLOADS_PER_HOUR: '0', IMAGE_WORKERS: '1' } });
  const { profilePicture } = await uploadFor('alice');
  rendition = profilePicture.url.replace('256.webp', '128.webp');
});
afterAll(() => portrait[Symbol.asyncDispose]());

async function uploadFor(id: string, file = 'photo.webp') {
  return uploaded(portrait, await pictureFile(file), {}, await signedIn(id, id));
}

async function mutate(id: string, mutation: string, name: string | null = null): Promise<void> {
  const { errors } = await query(portrait, `mutation { ${mutation} { id } }`, {}, await signedIn(id, name));
  expect(errors).toBeUndefined();
}

interface Asked {
  readonly id?: string;
  readonly accept?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Requests an avatar. @param parameters such as `?size=64`. */
async function ask(
  parameters = '',
  { id = 'alice', accept = CHROMIUM, method = 'GET', headers = {} }: Asked = {},
) {
  const url = `${portrait.url}/users/${encodeURIComponent(id)}/avatar${parameters}`;
  const response = await fetch(url, { method, redirect: 'manual', headers: { Accept: accept, ...headers } });
  return {
    status: response.status,
    headers: response.headers,
    type: response.headers.get('Content-Type'),
    body: Buffer.from(await response.arrayBuffer()),
  };
}

describe('The avatar of a user with a picture', () => {
  it('is the picture, cacheable for minutes, with the URL under which it never changes', async () => {
    const { status, headers, body } = await ask();
    expect([status, Object.fromEntries(headers)]).toEqual([
      200,
      expect.objectContaining({
        'content-type': 'image/webp',
        'content-length': String(body.length),
        'cache-control': CACHE_CONTROL,
        'content-location': rendition,
        vary: 'Accept',
        etag: (await fetch(rendition)).headers.get('ETag'),
        'cross-origin-resource-policy': 'cross-origin',
        'access-control-allow-origin': '*',
        'x-content-type-options': 'nosniff',
        'content-security-policy': expect.stringContaining('sandbox'),
      }),
    ]);
    // A restored picture is older than the one before, so a date identifies no version.
    expect(headers.get('Last-Modified')).toBeNull();
    expect(body).toEqual(Buffer.from(await (await fetch(rendition)).arrayBuffer()));
  });

  it.for([
    { parameters: '', accept: CHROMIUM, type: 'image/webp', width: 128, vary: 'Accept' },
    { parameters: '', accept: 'image/*', type: 'image/jpeg', width: 128, vary: 'Accept' },
    { parameters: '', accept: '*/*', type: 'image/jpeg', width: 128, vary: 'Accept' },
    { parameters: '?format=auto&size=1', accept: CHROMIUM, type: 'image/webp', width: 64, vary: 'Accept' },
    { parameters: '?format=webp&size=64', accept: 'image/*', type: 'image/webp', width: 64, vary: null },
    { parameters: '?format=jpeg&size=65', accept: CHROMIUM, type: 'image/jpeg', width: 128, vary: null },
    { parameters: '?size=2048', accept: CHROMIUM, type: 'image/webp', width: 512, vary: 'Accept' },
    // Only a user without a picture has another avatar.
    { parameters: '?default=404&name=B', accept: CHROMIUM, type: 'image/webp', width: 128, vary: 'Accept' },
  ])('with "$parameters" and $accept is $type of $width pixels', async (row) => {
    const { type, headers, body } = await ask(row.parameters, { accept: row.accept });
    const { width } = await sharp(body).metadata();
    expect({ type, width, vary: headers.get('Vary') }).toEqual({
      type: row.type,
      width: row.width,
      vary: row.vary,
    });
    const location = headers.get('Content-Location') as string;
    expect(Buffer.from(await (await fetch(location)).arrayBuffer())).toEqual(body);
  });

  it('has the same responses whether or not the picture is in memory', async () => {
    await uploadFor('frank');
    for (const method of ['GET', 'HEAD']) {
      const seen = [];
      // The second request brings the picture into memory, and the server has no id for the requests after it.
      for (let request = 1; request <= 3; request += 1) {
        const { status, headers, body } = await ask('?size=256&format=jpeg', { id: 'frank', method });
        const { 'x-request-id': id, date: _date, ...others } = Object.fromEntries(headers);
        seen.push({ status, others, body });
        if (request === 3) {
          expect(id).toBeUndefined();
        }
      }
      expect(seen).toEqual([seen[0], seen[0], seen[0]]);
    }
  });

  it('has no body in the response to HEAD, and accepts only GET and HEAD', async () => {
    const [get, head] = [await ask(), await ask('', { method: 'HEAD' })];
    for (const header of ['content-type', 'content-length', 'etag', 'content-location', 'cache-control']) {
      expect(head.headers.get(header), header).toBe(get.headers.get(header));
    }
    expect([head.status, head.body.length]).toEqual([200, 0]);
    const post = await ask('', { method: 'POST' });
    expect([post.status, post.headers.get('Allow')]).toEqual([405, 'GET, HEAD']);
  });

  it('can be loaded by scripts of other sites, which can send any header', async () => {
    const { status, headers } = await ask('', { method: 'OPTIONS' });
    expect([status, Object.fromEntries(headers)]).toEqual([
      204,
      expect.objectContaining({
        'access-control-allow-origin': '*',
        'access-control-allow-methods': 'GET, HEAD',
        'access-control-allow-headers': '*, Authorization',
      }),
    ]);
    expect((await ask('?size=0')).headers.get('Access-Control-Allow-Origin')).toBe('*');
  });

  it('is sent whole, whatever the range or date that the client asks for', async () => {
    const later = new Date(Date.now() + 60_000).toUTCString();
    for (const headers of [{ Range: 'bytes=0-9' }, { 'If-Modified-Since': later }]) {
      expect((await ask('', { headers })).status).toBe(200);
    }
  });

  it('that is too large for memory has the same responses', async () => {
    const { profilePicture } = await uploadFor('large');
    const file = new URL(profilePicture.webp).pathname.replace('/static/', '');
    const bytes = randomBytes(MAX_FILE_BYTES + 1);
    await writeFile(join(portrait.folder, file), bytes);
    const { status, headers, body } = await ask('?size=512', { id: 'large' });
    expect([status, headers.get('Content-Length'), headers.get('Cache-Control')]).toEqual([
      200,
      String(bytes.length),
      CACHE_CONTROL,
    ]);
    expect([headers.get('Content-Location'), headers.get('Vary')]).toEqual([profilePicture.webp, 'Accept']);
    expect(body.equals(bytes)).toBe(true);
    const etag = headers.get('ETag') as string;
    const statusOf = async (method: string, condition = {}) =>
      (await ask('?size=512', { id: 'large', method, headers: condition })).status;
    expect(await statusOf('HEAD')).toBe(200);
    expect(await statusOf('GET', { 'If-None-Match': etag })).toBe(304);
    expect(await statusOf('GET', { 'If-Match': '"another"' })).toBe(412);
  });
});

describe('A client that has an avatar', () => {
  it('gets 304 for its entity tag, and the new picture once it is replaced', async () => {
    const first = await uploadFor('carol');
    const etag = (await ask('', { id: 'carol' })).headers.get('ETag') as string;
    const again = (condition = etag) =>
      ask('', { id: 'carol', headers: { 'If-None-Match': condition, 'If-Modified-Since': 'x' } });
    for (const condition of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const { status, headers, body } = await again(condition);
      expect([status, body.length, headers.get('ETag')], condition).toEqual([304, 0, etag]);
      expect([headers.get('Cache-Control'), headers.get('Vary')]).toEqual([CACHE_CONTROL, 'Accept']);
    }
    const { profilePicture } = await uploadFor('carol', 'cmyk.jpg');
    const replaced = await again();
    expect([replaced.status, replaced.headers.get('Content-Location')]).toEqual([
      200,
      profilePicture.url.replace('256.webp', '128.webp'),
    ]);
    expect((await ask('', { id: 'carol', headers: { 'If-Match': etag } })).status).toBe(412);
    await mutate('carol', 'restoreProfilePicture');
    expect((await again()).status).toBe(304);
    await mutate('carol', 'removeProfilePicture(permanently: true)');
    const removed = await again();
    expect([removed.status, removed.type]).toEqual([200, 'image/svg+xml; charset=utf-8']);
    expect((await fetch(first.profilePicture.url)).status).toBe(404);
  });

  it('gets 304 for the entity tag of initials and of the silhouette', async () => {
    for (const parameters of ['', '?default=blank', '?format=jpeg', '?default=blank&format=jpeg']) {
      const { headers } = await ask(parameters, { id: 'nobody' });
      const condition = { 'If-None-Match': headers.get('ETag') as string };
      const { status } = await ask(parameters, { id: 'nobody', headers: condition });
      expect(status, parameters).toBe(304);
    }
  });
});

describe('The avatar of a user without a picture', () => {
  const SVG = 'image/svg+xml; charset=utf-8';

  it.for([
    { parameters: '', accept: CHROMIUM, type: SVG, location: '/initials/128/3/N.svg' },
    { parameters: '?size=7', accept: CHROMIUM, type: SVG, location: '/initials/7/3/N.svg' },
    { parameters: '?name=Ada+Lovelace', accept: CHROMIUM, type: SVG, location: '/initials/128/3/AL.svg' },
    { parameters: '', accept: 'image/*', type: 'image/png', location: '/initials/128/3/N.png' },
    { parameters: '?size=65', accept: '*/*', type: 'image/png', location: '/initials/128/3/N.png' },
    { parameters: '?size=2048', accept: '*/*', type: 'image/png', location: '/initials/512/3/N.png' },
    { parameters: '?format=webp', accept: CHROMIUM, type: 'image/png', location: '/initials/128/3/N.png' },
    { parameters: '?format=jpeg', accept: CHROMIUM, type: 'image/png', location: '/initials/128/3/N.png' },
    { parameters: '?default=blank', accept: CHROMIUM, type: SVG, location: '/initials/128/silhouette.svg' },
    {
      parameters: '?default=blank&size=64',
      accept: '*/*',
      type: 'image/png',
      location: '/initials/64/silhouette.png',
    },
  ])('with "$parameters" and $accept is $location', async ({ parameters, accept, type, location }) => {
    const answer = await ask(parameters, { id: 'nobody', accept });
    expect([answer.status, answer.type, answer.headers.get('Content-Location')]).toEqual([
      200,
      type,
      portrait.url + location,
    ]);
    expect(answer.headers.get('Cache-Control')).toBe(CACHE_CONTROL);
    const immutable = await fetch(portrait.url + location);
    expect(Buffer.from(await immutable.arrayBuffer())).toEqual(answer.body);
    expect(immutable.headers.get('Cache-Control')).toContain('immutable');
    expect((await sharp(answer.body).metadata()).width).toBe(Number(location.split('/')[2]));
  });

  it('is 404 if the client shows an image of its own', async () => {
    for (const method of ['GET', 'HEAD']) {
      const { status, headers, body } = await ask('?default=404', { id: 'nobody', method });
      expect([status, headers.get('Cache-Control'), headers.get('Vary')]).toEqual([
        404,
        CACHE_CONTROL,
        'Accept',
      ]);
      expect(body.toString()).toBe(
        method === 'HEAD' ? '' : 'The user has no picture. Show an image of your own.\n',
      );
    }
  });

  it('is the same whether or not Portrait knows the user', async () => {
    const seen = () =>
      Promise.all(
        ['', '?format=jpeg', '?default=blank', '?default=404', '?name=Ada'].map(async (parameters) => {
          const { status, headers, body } = await ask(parameters, { id: 'erin' });
          const { 'x-request-id': _id, date: _date, ...others } = Object.fromEntries(headers);
          return { status, others, body };
        }),
      );
    const unknown = await seen();
    await mutate('erin', 'removeProfilePicture');
    expect(await seen()).toEqual(unknown);
  });

  it('has the initials of the known name, whatever name the client sends', async () => {
    await mutate('grace', 'removeProfilePicture', 'Grace Hopper');
    const { headers } = await ask('?name=Ada', { id: 'grace' });
    expect(headers.get('Content-Location')).toContain('/GH.svg');
  });

  it.for([
    { what: 'markup', name: '<script>alert(1)</script> "&\'', shown: 'S' },
    { what: 'bidirectional controls', name: '\u202e\u2066dcba\u202c xyz', shown: 'DX' },
    { what: 'only emoji', name: '\u{1f469}\u200d\u{1f680}'.repeat(20), shown: 'N' },
    { what: 'combining marks', name: `z${'\u0301'.repeat(190)} \u0301y`, shown: 'ZY' },
    { what: 'NUL and line breaks', name: '\0\r\nA\u2028b', shown: 'AB' },
    { what: 'a lone surrogate', name: '%ED%A0%80', shown: 'N', isEncoded: true },
  ])('draws harmless initials of a name with $what', async ({ name, shown, isEncoded = false }) => {
    const parameters = `?name=${isEncoded ? name : encodeURIComponent(name)}`;
    const { status, body } = await ask(parameters, { id: 'nobody' });
    const [, text] = /^<svg [^<>]*>\n<rect [^<>]*\/>\n<text [^<>]*>([^<>]*)<\/text>\n<\/svg>\n$/.exec(
      body.toString(),
    ) ?? [undefined, ''];
    expect([status, text?.normalize('NFD').replace(/\p{M}/gu, '')]).toEqual([200, shown]);
    const png = await ask(`${parameters}&format=jpeg`, { id: 'nobody' });
    expect([png.status, png.type]).toEqual([200, 'image/png']);
  });

  it('is the silhouette as PNG if the letters of a name cannot be drawn', async () => {
    const name = encodeURIComponent('\u5c71\u7530 \u592a\u90ce');
    const [han, blank] = [
      await ask(`?format=jpeg&name=${name}`, { id: 'nobody' }),
      await ask('?format=jpeg&default=blank', { id: 'nobody' }),
    ];
    expect(han.body).toEqual(blank.body);
  });
});

describe('A bad request for an avatar', () => {
  it.for([
    ['?size=0', 'The size must be between 1 and 2048 pixels.'],
    ['?format=png', 'The parameter "format" must be one of auto, webp, jpeg.'],
    ['?default=mp', 'The parameter "default" must be one of initials, blank, 404.'],
    [
      `?name=${'n'.repeat(10_000)}`,
      'The name has more than 200 characters. Send the first and the last name only.',
    ],
  ])('gets 400 and a sentence: %s', async ([parameters, sentence]) => {
    const { status, type, headers, body } = await ask(parameters);
    expect([status, type, headers.get('Cache-Control')]).toEqual([
      400,
      'text/plain; charset=utf-8',
      'no-store',
    ]);
    expect(body.toString()).toBe(`${sentence}\n`);
  });

  it('gets 404 if its path is not that of an avatar, or if it names an address', async () => {
    // Only AVATARS_BY_EMAIL turns the second kind of URL on.
    for (const path of [
      `/avatar/${'0'.repeat(32)}`,
      '/users',
      '/users/',
      '/users/alice',
      '/users/alice/avatar/',
      '/users/alice/name',
    ]) {
      expect((await fetch(portrait.url + path)).status, path).toBe(404);
    }
  });
});

describe('The stable URL', () => {
  const IDS = [
    'plain',
    'with/slash',
    '/avatar',
    'x/avatar',
    '100%',
    '%2F',
    'a%2Fb',
    '?size=0#',
    'a+b c',
    '.',
    '..',
    '../static',
    '日本語😀',
    'e\u0301',
    '\u00e9',
    `${'😀'.repeat(127)}x`,
    '"\'<&>;=\\',
  ];

  it('of each id finds its user and nothing else', async () => {
    for (const id of IDS) {
      await mutate(id, 'removeProfilePicture', `Z${IDS.indexOf(id)} name`);
    }
    const document = 'query ($ids: [ID!]!) { users(ids: $ids) { id stableAvatarUrl avatarUrl } }';
    const { data } = await query<{ users: { id: string; stableAvatarUrl: string; avatarUrl: string }[] }>(
      portrait,
      document,
      { ids: IDS },
    );
    expect(data?.users.map(({ id }) => id)).toEqual(IDS);
    for (const { id, stableAvatarUrl, avatarUrl } of data?.users ?? []) {
      const { headers, status } = await fetch(stableAvatarUrl, { headers: { Accept: CHROMIUM } });
      expect([status, headers.get('Content-Location')], id).toEqual([200, avatarUrl]);
    }
  });

  it('works if a proxy has decoded the slashes of the id', async () => {
    using wire = await openWire(portrait.url);
    await wire.send('GET /users/with/slash/avatar HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
    const { status, headers } = await wire.response();
    expect([status, headers['content-location']]).toEqual([
      200,
      (await ask('', { id: 'with/slash', accept: '' })).headers.get('Content-Location'),
    ]);
  });
});

it('A public URL whose path is /users serves each user under their own id, from memory too', async () => {
  const port = await findFreePort();
  const origin = `http://127.0.0.1:${port}`;
  await using own = await startPortrait({
    env: { AUTH_SECRET, PORT: String(port), PUBLIC_URL: `${origin}/users`, IMAGE_WORKERS: '1' },
  });
  const upload = async (id: string) =>
    uploaded(own, await pictureFile('photo.webp'), {}, await signedIn(id, id));
  const { profilePicture } = await upload('alice');
  await upload('users/alice');
  const get = (path: string) => fetch(origin + path, { headers: { Accept: 'image/webp' } });
  for (const path of ['/users/users/users%2Falice/avatar', '/users/users/alice/avatar']) {
    await get(path);
    await get(path);
  }
  const { headers } = await get('/users/users/alice/avatar');
  expect(headers.get('Content-Location')).toBe(profilePicture.url.replace('256.webp', '128.webp'));
});
