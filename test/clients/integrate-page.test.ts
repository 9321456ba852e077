import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { folderInProject, readExample, writeExamples } from '../support/examples.ts';
import { query, upload, viewer } from '../support/graphql.ts';
import { startIssuer } from '../support/issuer.ts';
import { pictureFile } from '../support/pictures.ts';
import { type Portrait, portraitForTest, startPortrait } from '../support/portrait.ts';
import { AUTH_SECRET } from '../support/signed-in.ts';

const PAGE = 'docs/integrate.md';
/** Settings of the page. */
const SETTINGS = {
  AUTH_ISSUER: 'https://app.example.com',
  AUTH_AUDIENCE: 'portrait',
  ALLOWED_ORIGINS: 'https://app.example.com',
};

interface TokenModule {
  portraitToken(user: { id: string; name?: string; scope?: string }): string;
}

interface UploadModule {
  uploadPicture(file: File, token: string): Promise<string>;
}

interface ActModule {
  actForUsers(query: string, variables: object): Promise<Record<string, unknown>>;
}

let portrait: Portrait;

beforeAll(async () => {
  portrait = await startPortrait({ env: { ...SETTINGS, AUTH_SECRET, AUTH_COOKIE: 'portrait' } });
  process.env['AUTH_SECRET'] = AUTH_SECRET;
});
afterAll(async () => {
  delete process.env['AUTH_SECRET'];
  await portrait[Symbol.asyncDispose]();
});

/** Imports the page's JavaScript examples. */
async function importExamples(): Promise<TokenModule & UploadModule & ActModule> {
  const titles = ['portrait-token.mjs', 'upload-picture.mjs', 'act-for-users.mjs'];
  const paths = await writeExamples(await folderInProject(), titles, portrait, PAGE);
  return Object.assign({}, ...(await Promise.all(paths.map((path) => import(path)))));
}

it('A token from the page signs a user in, and the page’s upload changes the user’s picture', async () => {
  const { portraitToken, uploadPicture } = await importExamples();
  const token = portraitToken({ id: 'alice', name: 'Álice “A” 😀' });
  const avatarUrl = await uploadPicture(await pictureFile('photo.webp'), token);
  expect((await fetch(avatarUrl)).status).toBe(200);
  expect(await viewer(portrait, { Authorization: `Bearer ${token}` })).toMatchObject({
    id: 'alice',
    name: 'Álice “A” 😀',
    avatarUrl,
  });
  await expect(uploadPicture(await pictureFile('drawing.svg'), token)).rejects.toThrow('.svg');
  await expect(uploadPicture(await pictureFile('photo.webp'), `${token}x`)).rejects.toThrow();
});

it('A page of the application can send the cookie to Portrait, and a page of another site cannot', async () => {
  const { portraitToken } = await importExamples();
  const file = await pictureFile('photo.webp');
  const headersFrom = (origin: string) => ({
    Cookie: `portrait=${portraitToken({ id: 'bob' })}`,
    Origin: origin,
    'Sec-Fetch-Site': 'same-site',
  });
  const allowed = await upload(portrait, file, {}, headersFrom('https://app.example.com'));
  expect(allowed.data?.uploadProfilePicture.id).toBe('bob');
  expect(allowed.headers.get('Access-Control-Allow-Credentials')).toBe('true');
  const rejected = await upload(portrait, file, {}, headersFrom('https://blog.example.com'));
  expect(rejected.errors?.[0]?.extensions.code).toBe('CROSS_SITE_REQUEST');
});

it('The server of the application can moderate and delete its users', async () => {
  const { portraitToken, uploadPicture, actForUsers } = await importExamples();
  const token = portraitToken({ id: 'eve', name: 'Eve' });
  const file = await pictureFile('photo.webp');
  const avatarUrl = await uploadPicture(file, token);
  await actForUsers(await readExample('take-down.graphql', portrait, PAGE), { id: 'eve' });
  await expect(uploadPicture(file, token)).rejects.toThrow('Please choose a photo of yourself.');
  await actForUsers(await readExample('delete-user.graphql', portrait, PAGE), { id: 'eve' });
  expect((await fetch(avatarUrl)).status).toBe(404);
  const { data } = await query(portrait, '{ user(id: "eve") { name profilePicture { id } } }');
  expect(data).toEqual({ user: { name: null, profilePicture: null } });
});

it('The settings of an identity provider accept its tokens, and reject tokens for other applications', async () => {
  const issuer = await startIssuer();
  const key = await issuer.addKey('one', 'RS256');
  const server = await portraitForTest({
    env: { AUTH_JWKS_URL: issuer.url, AUTH_ISSUER: 'https://tenant.auth0.com/', AUTH_AUDIENCE: 'portrait' },
  });
  const exp = Math.floor(Date.now() / 1000) + 300;
  const viewerOf = async (claims: object) => {
    const token = await key.sign({ iss: 'https://tenant.auth0.com/', sub: 'auth0|42', exp, ...claims });
    return await viewer(server, { Authorization: `Bearer ${token}` });
  };
  const audience = ['portrait', 'https://tenant.auth0.com/userinfo'];
  expect(await viewerOf({ aud: audience, name: 'Alice' })).toMatchObject({ id: 'auth0|42', name: 'Alice' });
  expect(await viewerOf({ aud: 'billing' })).toBeNull();
  expect(await viewerOf({ aud: audience, iss: 'https://tenant.auth0.com' })).toBeNull();
});

it('Tests refer to every example of docs/integrate.md', async () => {
  const page = await readFile(join(import.meta.dirname, '../..', PAGE), 'utf8');
  const titles = [...page.matchAll(/^```\w+ title=(\S+)$/gm)].map(([, title]) => title as string);
  const folders = ['.', '../deploy'].map((folder) => join(import.meta.dirname, folder));
  const files = (
    await Promise.all(
      folders.map(async (folder) => (await readdir(folder)).map((name) => join(folder, name))),
    )
  ).flat();
  const tests = await Promise.all(
    files.filter((name) => name.endsWith('.test.ts')).map((name) => readFile(name, 'utf8')),
  );
  expect(titles).toHaveLength(7);
  expect(titles.filter((title) => !tests.some((test) => test.includes(`'${title}'`)))).toEqual([]);
});
