import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { signToken } from '../../src/auth/token.ts';
import { SECRET, seedUsers } from '../live/seed-users.ts';
import { Connection } from '../support/connection.ts';
import { runPortrait } from '../support/run-portrait.ts';
import { UPLOAD_PICTURE, uploadRequest } from '../support/upload-request.ts';
import { jsonRequest } from './hostile-request.ts';
import { sendRaw } from './send-raw.ts';

/** A user with a picture. */
export const PICTURE_USER = 'user-1';
/** A user without a picture, whose id and name contain no initials. */
export const EMOJI_USER = '!?!';
const EMOJI_NAME = '\u{1F600}'.repeat(127);
const PICTURE = join(import.meta.dirname, '../../test/images/photo.webp');
const TIME_LIMIT_MS = 10_000;

/** The environment of the attacked servers. They also parse cookies and X-Forwarded-For. */
export const HOSTILE_ENVIRONMENT = {
  AUTH_SECRET: SECRET,
  AUTH_COOKIE: 'session',
  TRUST_PROXY: 'loopback',
  UPLOADS_PER_HOUR: '0',
  LOG_LEVEL: 'fatal',
};

/** Creates the users that the hostile requests query, in a server's folder. @returns the path of a picture. */
export async function seedHostile(folder: string): Promise<string> {
  await using server = await runPortrait(folder, HOSTILE_ENVIRONMENT);
  const [user] = await seedUsers(server.port, 1);
  const token = await signToken({ id: EMOJI_USER, name: EMOJI_NAME }, SECRET, {});
  const connection = await Connection.open(server.port);
  const file = await readFile(PICTURE);
  const photo = { document: UPLOAD_PICTURE, file, fileName: 'photo.webp', mediaType: 'image/webp', token };
  await connection.exchange(uploadRequest(photo));
  connection.close();
  const remove = jsonRequest('{"query":"mutation { removeProfilePicture { id } }"}', {
    Authorization: `Bearer ${token}`,
  });
  await sendRaw(server.port, remove, TIME_LIMIT_MS);
  if (user === undefined) {
    throw new Error('No user was seeded.');
  }
  return user.picturePath;
}
