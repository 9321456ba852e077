import { execFileSync } from 'node:child_process';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { uploaded } from '../support/graphql.ts';
import { pictureFile } from '../support/pictures.ts';
import { type Portrait, startPortrait } from '../support/portrait.ts';
import { AUTH_SECRET } from '../support/signed-in.ts';

let portrait: Portrait;
/** URL of the picture in 256 pixels as JPEG. */
let jpeg: string;

beforeAll(async () => {
  portrait = await startPortrait({ env: { AUTH_SECRET, AVATARS_BY_EMAIL: 'true' } });
  const token = await new SignJWT({ email: 'alice@example.com' })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject('alice')
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(AUTH_SECRET));
  const headers = { Authorization: `Bearer ${token}` };
  const { profilePicture } = await uploaded(portrait, await pictureFile('photo.webp'), {}, headers);
  jpeg = profilePicture.url.replace('256.webp', '256.jpg');
});
afterAll(() => portrait[Symbol.asyncDispose]());

/** Programs that print the URL of an address for a server with 200 pixels, and 404 without a picture. */
const LIBRARIES = {
  'Gravatar::URL': [
    'perl',
    '-MGravatar::URL',
    '-e',
    'print gravatar_url(email => $ARGV[0], base => "$ARGV[1]/avatar", size => 200, default => "404")',
  ],
  'Libravatar::URL': [
    'perl',
    '-MLibravatar::URL',
    '-e',
    'print libravatar_url(email => $ARGV[0], base => "$ARGV[1]/avatar", size => 200, default => "404")',
  ],
  gravtastic: [
    'ruby',
    '-rgravtastic',
    '-e',
    `User = Struct.new(:email) { include Gravtastic; gravtastic size: 200, default: "404" }
     print User.new(ARGV[0]).gravatar_url.sub("https://secure.gravatar.com", ARGV[1])`,
  ],
} satisfies Record<string, readonly [string, ...string[]]>;

it.for(Object.entries(LIBRARIES))('The URL of %s finds the picture of an address', async ([, library]) => {
  const [command, ...args] = library as [string, ...string[]];
  const urlOf = (email: string) =>
    execFileSync(command, [...args, email, portrait.url], { encoding: 'utf8' });
  const found = await fetch(urlOf('Alice@Example.com'));
  expect([found.status, found.headers.get('Content-Location')]).toEqual([200, jpeg]);
  expect((await fetch(urlOf('nobody@example.com'))).status).toBe(404);
});
