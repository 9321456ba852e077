import gravatarUrl from 'gravatar-url';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { emailHashesOf } from '../../../src/auth/email-hashes.ts';
import { query, upload } from '../../support/graphql.ts';
import { pictureFile } from '../../support/pictures.ts';
import { type Portrait, startPortrait } from '../../support/portrait.ts';
import { AUTH_SECRET } from '../../support/signed-in.ts';

const ALICE = 'Alice@Example.com';

let portrait: Portrait;

beforeAll(async () => {
  portrait = await startPortrait({ env: { AUTH_SECRET, AVATARS_BY_EMAIL: 'true', IMAGE_WORKERS: '1' } });
  await uploadAs('alice', { email: ` ${ALICE} `, name: 'Alice Liddell' });
});
afterAll(() => portrait[Symbol.asyncDispose]());

/** Returns headers with a token that has more claims than the tokens of other tests. */
async function signedInWith(id: string, claims: Record<string, unknown>): Promise<Record<string, string>> {
  const token = await new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(id)
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(AUTH_SECRET));
  return { Authorization: `Bearer ${token}` };
}

async function uploadAs(id: string, claims: Record<string, unknown>): Promise<string> {
  const { data } = await upload(
    portrait,
    await pictureFile('photo.webp'),
    {},
    await signedInWith(id, claims),
  );
  return data?.uploadProfilePicture.profilePicture?.id as string;
}

async function mutateAs(id: string, mutation: string, claims: Record<string, unknown>): Promise<void> {
  const headers = await signedInWith(id, claims);
  expect((await query(portrait, `mutation { ${mutation} { id } }`, {}, headers)).errors).toBeUndefined();
}

function urlOf(email: string, parameters = '', algorithm: 'md5' | 'sha256' = 'sha256'): string {
  return `${portrait.url}/avatar/${emailHashesOf(email, true)?.[algorithm]}${parameters}`;
}

/** Requests an avatar. @returns the response without the headers that differ between equal requests. */
async function get(url: string, headers: Record<string, string> = {}) {
  const response = await fetch(url, { redirect: 'manual', headers });
  const { 'x-request-id': _id, date: _date, ...others } = Object.fromEntries(response.headers);
  return { status: response.status, headers: others, body: Buffer.from(await response.arrayBuffer()) };
}

async function locationOf(email: string, parameters = ''): Promise<string | undefined> {
  return (await get(urlOf(email, parameters))).headers['content-location'];
}

it('Each hash of the address in a token finds the picture of its user, with the headers of an avatar', async () => {
  const stable = await get(`${portrait.url}/users/alice/avatar?size=80`);
  expect(stable.headers['content-type']).toBe('image/jpeg');
  for (const algorithm of ['md5', 'sha256'] as const) {
    expect(await get(urlOf(ALICE, '', algorithm))).toEqual(stable);
    expect(await get(urlOf(ALICE, '?d=404&s=80', algorithm))).toEqual(stable);
  }
  const condition = { 'If-None-Match': stable.headers['etag'] as string };
  expect((await get(urlOf(ALICE), condition)).status).toBe(304);
  expect((await fetch(urlOf(ALICE), { method: 'OPTIONS' })).status).toBe(204);
});

it('The URL of gravatar-url finds the picture, with its size and default', async () => {
  const url = gravatarUrl(ALICE, { size: 200, default: '404' });
  const own = await get(url.replace('https://gravatar.com', portrait.url));
  expect([own.status, own.headers['content-location']]).toEqual([200, expect.stringContaining('/256.jpg')]);
  const other = gravatarUrl('nobody@example.com', { size: 200, default: '404' });
  expect((await get(other.replace('https://gravatar.com', portrait.url))).status).toBe(404);
});

it('A known address without a picture gets the responses of an unknown address', async () => {
  // The first write stores the address and the name, but no picture.
  await mutateAs('carol', 'removeProfilePicture', { email: 'carol@example.com', name: 'Carol' });
  for (const parameters of [
    '',
    '?d=404',
    '?d=mp&s=64',
    '?d=blank',
    '?d=initials',
    '?d=https%3A%2F%2Fexample.com%2Fa.png',
  ]) {
    for (const headers of [{}, { Accept: 'image/svg+xml' }, { 'If-None-Match': '*' }]) {
      const known = await get(urlOf('carol@example.com', parameters), headers);
      expect(known, parameters).toEqual(await get(urlOf('nobody@example.com', parameters), headers));
      expect(JSON.stringify(known)).not.toContain('Carol');
    }
  }
});

it('The default is the silhouette or the initials of the request, even for a known address', async () => {
  const silhouette = `${portrait.url}/initials/128/silhouette.png`;
  expect(await locationOf('nobody@example.com')).toBe(silhouette);
  expect(await locationOf('nobody@example.com', '?d=initials')).toBe(silhouette);
  expect(await locationOf('nobody@example.com', '?d=identicon')).toBe(silhouette);
  expect(await locationOf('nobody@example.com', '?d=initials&name=Ada')).toMatch(/\/128\/\d+\/A\.png$/);
  expect(await locationOf(ALICE, '?f=y')).toBe(silhouette);
  expect((await get(urlOf(ALICE, '?forcedefault=y&d=404'))).status).toBe(404);
});

it('The address of the latest token counts, unless its issuer has not verified the address', async () => {
  const id = await uploadAs('dan', { email: 'dan@example.com', email_verified: true });
  const isFound = async (email: string) => (await locationOf(email))?.includes(id);
  await mutateAs('dan', 'updateProfilePicture(altText: "")', {
    email: 'dan@example.org',
    email_verified: false,
  });
  expect([await isFound('dan@example.com'), await isFound('dan@example.org')]).toEqual([true, false]);
  await mutateAs('dan', 'updateProfilePicture(altText: "")', {});
  expect(await isFound('dan@example.com')).toBe(true);
  await mutateAs('dan', 'updateProfilePicture(altText: "")', { email: 'dan@example.org' });
  expect([await isFound('dan@example.com'), await isFound('dan@example.org')]).toEqual([false, true]);
});

it('Only the hashes of an address are stored', async () => {
  const { md5, sha256 } = emailHashesOf(ALICE, true) ?? {};
  const { DatabaseSync } = await import('node:sqlite');
  using database = new DatabaseSync(`${portrait.folder}/data/portrait.db`, { readOnly: true });
  const row = database.prepare("SELECT * FROM users WHERE id = 'alice'").get();
  expect(row).toMatchObject({ email_md5: md5, email_sha256: sha256 });
  expect(JSON.stringify(row)).not.toMatch(/example\.com/i);
  expect(portrait.log()).not.toMatch(/example\.com/i);
});

it('Other paths and methods are rejected as for every avatar', async () => {
  for (const path of ['/avatar', '/avatar/', '/avatar/alice', `/avatar/${'0'.repeat(40)}`]) {
    expect((await get(portrait.url + path)).status, path).toBe(404);
  }
  expect((await fetch(urlOf(ALICE), { method: 'POST' })).status).toBe(405);
});
