import { expect } from 'vitest';
import type { LoadClient } from './load-client.ts';

const USERS = `query ($ids: [ID!]!) { users(ids: $ids) { id name avatarUrl profilePicture { id srcSet placeholder } } }`;
const RULES =
  '{ uploadRules { maxBytes types { mediaType maxPixels } refusals { code status description } } }';
const SEVERAL = Array.from({ length: 50 }, (_, number) => `user-${number}`);

/** Queries several users, with and without a picture. */
export async function readUsers(client: LoadClient): Promise<void> {
  const { users } = await client.query<{ users: { id: string }[] }>('users', USERS, { ids: SEVERAL });
  expect(users.map(({ id }) => id)).toEqual(SEVERAL);
}

export async function readRules(client: LoadClient): Promise<void> {
  const { uploadRules } = await client.query<{ uploadRules: object }>('uploadRules', RULES, {});
  expect(uploadRules).toMatchObject({ maxBytes: 5 * 1024 * 1024 });
}

/** Fetches the initials of a user without a picture. */
export async function readInitials(client: LoadClient): Promise<void> {
  const { user } = await client.query<{ user: { avatarUrl: string } }>(
    'user',
    '{ user(id: "nobody") { avatarUrl } }',
    {},
  );
  const { status, body } = await client.send('initials', {
    method: 'GET',
    path: new URL(user.avatarUrl).pathname,
  });
  expect([status, body.toString()]).toEqual([200, expect.stringContaining('>N</text>')]);
}

/** Fetches a picture three times: completely, with its ETag, and with a range. */
export async function readPicture(client: LoadClient, url: string): Promise<void> {
  const get = (kind: string, headers: Record<string, string> = {}) =>
    client.send(kind, { method: 'GET', path: new URL(url).pathname, headers });
  const whole = await get('picture');
  expect([whole.status, whole.body.toString('latin1', 8, 12), whole.headers['content-length']]).toEqual([
    200,
    'WEBP',
    String(whole.body.length),
  ]);
  const again = await get('picture, 304', { 'If-None-Match': whole.headers.etag ?? '' });
  expect([again.status, again.body.length]).toEqual([304, 0]);
  const range = await get('picture, range', { Range: 'bytes=100-299' });
  expect([range.status, range.body]).toEqual([206, whole.body.subarray(100, 300)]);
}
