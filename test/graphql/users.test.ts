import { randomUUID } from 'node:crypto';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { picturePath } from '../../src/storage/storage.ts';
import { query, type TestUser, USER_FIELDS, upload, uploaded } from '../support/graphql.ts';
import { pictureFile } from '../support/pictures.ts';
import { type Portrait, startPortrait } from '../support/portrait.ts';
import { AUTH_SECRET, signedIn } from '../support/signed-in.ts';

/** A server in demo mode, and a server with sign-in. */
let portrait: Portrait;
let shared: Portrait;

beforeAll(async () => {
  const env = { AUTH_SECRET, UPLOADS_PER_HOUR: '0', IMAGE_WORKERS: '2' };
  [portrait, shared] = await Promise.all([startPortrait(), startPortrait({ env })]);
});
afterAll(async () => {
  await Promise.all([portrait, shared].map((server) => server[Symbol.asyncDispose]()));
});

/** Returns the actions of a new user, who is unknown to Portrait. */
async function newUser() {
  const headers = await signedIn(randomUUID());
  const run = <Field extends string>(field: Field, args = '') =>
    query<Record<Field, TestUser>>(shared, `mutation { ${field}${args} { ${USER_FIELDS} } }`, {}, headers);
  return {
    run,
    async mustRun(field: string, args = ''): Promise<TestUser> {
      const { data, errors } = await run(field, args);
      expect(errors).toBeUndefined();
      return data?.[field] as TestUser;
    },
    async uploaded(name: string, variables: Record<string, unknown> = {}) {
      const { data } = await upload(shared, await pictureFile(name), variables, headers);
      return data?.uploadProfilePicture.profilePicture as NonNullable<TestUser['profilePicture']>;
    },
    async currentPicture(): Promise<TestUser['profilePicture']> {
      const { data } = await query<{ viewer: TestUser }>(
        shared,
        `{ viewer { ${USER_FIELDS} } }`,
        {},
        headers,
      );
      return data?.viewer.profilePicture ?? null;
    },
  };
}

describe('Users', () => {
  it('unknown to Portrait have an avatar, but neither a name nor a picture', async () => {
    const { data } = await query<{ user: TestUser }>(
      portrait,
      `{ user(id: "nobody@example.com") { ${USER_FIELDS} } }`,
    );
    expect(data?.user).toMatchObject({ id: 'nobody@example.com', name: null, profilePicture: null });
    const image = await fetch(data?.user.avatarUrl as string);
    expect(image.headers.get('Content-Type')).toBe('image/svg+xml; charset=utf-8');
    expect(await image.text()).toContain('>N</text>');
  });

  it('are listed in the order of the ids, with repetitions', async () => {
    const { data } = await query<{ users: { id: string }[] }>(
      portrait,
      '{ users(ids: ["b", "demo", "a", "b"]) { id } }',
    );
    expect(data?.users.map(({ id }) => id)).toEqual(['b', 'demo', 'a', 'b']);
  });

  it('can be loaded a hundred at a time, and no more', async () => {
    const ids = Array.from({ length: 101 }, (_, index) => `user-${index}`);
    const document = 'query ($ids: [ID!]!) { users(ids: $ids) { id } }';
    expect(
      (await query<{ users: unknown[] }>(portrait, document, { ids: ids.slice(1) })).data?.users,
    ).toHaveLength(100);
    const refused = await query(portrait, document, { ids });
    expect([refused.status, refused.errors?.[0]?.extensions.code]).toEqual([400, 'BAD_USER_INPUT']);
  });

  it('have their picture as avatar, in the rendition that fits the requested size best', async () => {
    await uploaded(portrait, await pictureFile('photo.webp'));
    const { data } = await query<{ viewer: Record<string, string> }>(
      portrait,
      '{ viewer { a: avatarUrl(size: 1) b: avatarUrl(size: 65) c: avatarUrl d: avatarUrl(size: 2000) } }',
    );
    const widths = await Promise.all(
      Object.values(data?.viewer ?? {}).map(async (url) =>
        sharp(await (await fetch(url)).arrayBuffer())
          .metadata()
          .then(({ width }) => width),
      ),
    );
    expect(widths).toEqual([64, 128, 128, 512]);
  });

  it('have a picture as JPEG or WebP, and initials as PNG or SVG', async () => {
    await uploaded(portrait, await pictureFile('photo.webp'));
    const { data } = await query<Record<string, Record<string, string>>>(
      portrait,
      `{ picture: user(id: "demo") { ...Avatars } none: user(id: "nobody") { ...Avatars } }
       fragment Avatars on User {
         all: avatarUrl(size: 65) null: avatarUrl(size: 65, format: null)
         webp: avatarUrl(size: 65, format: WEBP) jpeg: avatarUrl(size: 65, format: JPEG)
       }`,
    );
    const ends = (urls: Record<string, string> = {}) =>
      Object.values(urls).map((url) => new URL(url).pathname.replace(/.*(?=\/\d+\.)|^(?=\/initials)/, ''));
    expect(ends(data?.['picture'])).toEqual(['/128.webp', '/128.webp', '/128.webp', '/128.jpg']);
    const svg = '/initials/65/3/N.svg';
    expect(ends(data?.['none'])).toEqual([svg, svg, svg, '/initials/128/3/N.png']);
    const types = Object.values({
      ...data?.['picture'],
      svg: data?.['none']?.['all'],
      png: data?.['none']?.['jpeg'],
    });
    expect(
      await Promise.all(types.map(async (url) => (await fetch(url as string)).headers.get('Content-Type'))),
    ).toEqual([
      ...['image/webp', 'image/webp', 'image/webp', 'image/jpeg'],
      ...['image/svg+xml; charset=utf-8', 'image/png'],
    ]);
  });

  it('have the initials of the name that the query sends, if Portrait knows none', async () => {
    const { data } = await query<Record<string, Record<string, string>>>(
      portrait,
      `{ known: viewer { ...Named } unknown: user(id: "nobody") { ...Named } }
       fragment Named on User {
         none: avatarUrl a: avatarUrl(name: "Ada Lovelace") b: avatarUrl(name: "Bo", format: JPEG)
         empty: avatarUrl(name: "") emoji: avatarUrl(name: "\u{1F600}")
       }`,
    );
    const letters = Object.values(data?.['unknown'] ?? {}).map((url) => url.split('/').at(-1));
    expect(letters).toEqual(['N.svg', 'AL.svg', 'B.png', 'N.svg', 'N.svg']);
    const colors = Object.values(data?.['unknown'] ?? {}).map((url) => url.split('/').at(-2));
    expect(new Set(colors)).toEqual(new Set(['3']));
    const long = await query(portrait, `{ viewer { avatarUrl(name: "${'n'.repeat(201)}") } }`);
    expect([long.status, long.errors?.[0]?.extensions.code]).toEqual([400, 'BAD_USER_INPUT']);
  });

  it.each(['avatarUrl(size: 0)', 'avatarUrl(size: 2049)', 'profilePicture { url(size: 0) }'])(
    'cannot be queried with an invalid size: %s',
    async (field) => {
      await uploaded(portrait, await pictureFile('photo.webp'));
      const { errors } = await query(portrait, `{ viewer { ${field} } }`);
      expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
    },
  );
});

describe('The name of a user', () => {
  it('comes from the current token for the user, and from the latest write for others', async () => {
    const ask = async (document: string, name: string | null) => {
      const { data } = await query<{ user: TestUser }>(shared, document, {}, await signedIn('ann', name));
      return data?.user.name;
    };
    const other = '{ user(id: "ann") { name } }';
    const file = await pictureFile('photo.webp');
    const sent = await upload(shared, file, {}, await signedIn('ann', 'Ann'));
    expect(sent.data?.uploadProfilePicture.name).toBe('Ann');
    expect(await ask('{ user: viewer { name } }', 'Anna')).toBe('Anna');
    expect(await ask(other, null)).toBe('Ann');
    for (const [name, mutation] of [
      ['Ann B.', 'updateProfilePicture(altText: "me")'],
      ['Ann C.', 'removeProfilePicture'],
      ['Ann D.', 'restoreProfilePicture'],
      ['Ann E.', 'removeProfilePicture(permanently: true)'],
    ]) {
      expect(await ask(`mutation { user: ${mutation} { name } }`, name as string), mutation).toBe(name);
      expect(await ask(other, null), mutation).toBe(name);
    }
    // A token without a name keeps the stored name.
    await upload(shared, file, {}, await signedIn('ann'));
    expect(await ask('{ user: viewer { name } }', null)).toBe('Ann E.');
    const renamed = await upload(shared, file, {}, await signedIn('ann', 'Anna'));
    expect(renamed.data?.uploadProfilePicture.name).toBe('Anna');
    expect(await ask(other, null)).toBe('Anna');
  });
});

describe('A user who is queried in several ways', () => {
  const FIELDS = '{ id name avatarUrl stableAvatarUrl profilePicture { id } }';
  const EVERY_WAY = `viewer ${FIELDS} user(id: "eve") ${FIELDS} users(ids: ["bob", "eve", "eve"]) ${FIELDS}`;

  it('has one name and one picture in a response', async () => {
    await upload(shared, await pictureFile('photo.webp'), {}, await signedIn('eve', 'Stored'));
    for (const [token, expected] of [
      ['Current', 'Current'],
      [null, 'Stored'],
    ] as const) {
      const { data } = await query<Record<string, TestUser | TestUser[]>>(
        shared,
        `{ ${EVERY_WAY} }`,
        {},
        await signedIn('eve', token),
      );
      const seen = [data?.['viewer'], data?.['user'], ...((data?.['users'] ?? []) as TestUser[])].filter(
        (user) => (user as TestUser).id === 'eve',
      );
      expect(seen).toHaveLength(4);
      expect(seen[0]).toMatchObject({ name: expected });
      expect(seen).toEqual([seen[0], seen[0], seen[0], seen[0]]);
    }
  });

  it('keeps the stored name for other viewers', async () => {
    const { data } = await query<{ user: TestUser }>(
      shared,
      '{ user(id: "eve") { name } }',
      {},
      await signedIn('mallory', 'Mallory'),
    );
    expect(data?.user.name).toBe('Stored');
  });

  it('is shown as of each mutation of a request', async () => {
    const { data } = await query<Record<string, TestUser>>(
      shared,
      `mutation {
        a: removeProfilePicture { profilePicture { id } }
        b: restoreProfilePicture { profilePicture { id } }
        c: removeProfilePicture { profilePicture { id } }
      }`,
      {},
      await signedIn('eve'),
    );
    expect(Object.values(data ?? {}).map(({ profilePicture }) => profilePicture === null)).toEqual([
      true,
      false,
      true,
    ]);
  });
});

describe('A picture', () => {
  it('can be described, and the description can be emptied', async () => {
    const user = await newUser();
    await user.uploaded('photo.webp', { altText: 'A bridge' });
    const described = await user.mustRun('updateProfilePicture', '(altText: " A bridge at night ")');
    expect(described.profilePicture?.altText).toBe('A bridge at night');
    expect((await user.mustRun('updateProfilePicture', '(altText: "")')).profilePicture?.altText).toBe('');
  });

  it('cannot be described before it exists', async () => {
    const user = await newUser();
    const { status, errors } = await user.run('updateProfilePicture', '(altText: "x")');
    expect([status, errors?.[0]?.extensions.code]).toEqual([400, 'BAD_USER_INPUT']);
  });

  it('keeps its URLs in the trash, and can be restored', async () => {
    const user = await newUser();
    const picture = await user.uploaded('photo.webp');
    const removed = await user.mustRun('removeProfilePicture');
    expect(removed.profilePicture).toBeNull();
    expect(removed.avatarUrl).toContain('/initials/128/');
    expect((await fetch(picture.url)).status).toBe(200);
    expect((await user.mustRun('restoreProfilePicture')).profilePicture).toEqual(picture);
  });

  it('that is removed permanently is gone before the response', async () => {
    const user = await newUser();
    const { id, url } = await user.uploaded('photo.webp');
    expect(await shared.pictures()).toContain(picturePath(id));
    expect((await user.mustRun('removeProfilePicture', '(permanently: true)')).profilePicture).toBeNull();
    expect((await fetch(url)).status).toBe(404);
    expect(await shared.pictures()).not.toContain(picturePath(id));
    const { status, errors } = await user.run('restoreProfilePicture');
    expect([status, errors?.[0]?.extensions.code]).toEqual([422, 'NOTHING_TO_RESTORE']);
  });

  it('can be removed even if there is none', async () => {
    const user = await newUser();
    expect((await user.mustRun('removeProfilePicture')).profilePicture).toBeNull();
    expect((await user.mustRun('removeProfilePicture', '(permanently: true)')).profilePicture).toBeNull();
  });

  it('that was replaced swaps places with the current picture when it is restored', async () => {
    const user = await newUser();
    const first = await user.uploaded('photo.webp');
    const second = await user.uploaded('cmyk.jpg');
    expect((await user.mustRun('restoreProfilePicture')).profilePicture).toEqual(first);
    expect((await user.mustRun('restoreProfilePicture')).profilePicture).toEqual(second);
    expect(second.id).not.toBe(first.id);
  });

  it('that is uploaded together with others is live or in the trash, and none is lost', async () => {
    const user = await newUser();
    const before = await shared.pictures();
    const names = ['photo-2725x2225.jpg', 'photo.webp', 'cmyk.jpg', 'transparent.png'];
    const sent = await Promise.all(names.map((name) => user.uploaded(name)));
    const current = await user.currentPicture();
    expect(sent.map(({ id }) => id)).toContain(current?.id);
    expect(names).toContain(current?.fileName);
    expect(await shared.pictures()).toHaveLength(before.length + 4);
    // All others are in the trash, so each restoration succeeds.
    expect((await user.mustRun('restoreProfilePicture')).profilePicture?.id).not.toBe(current?.id);
  });
});
