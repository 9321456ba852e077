import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GraphQLResponse, query, upload } from '../support/graphql.ts';
import { type Portrait, startPortrait } from '../support/portrait.ts';
import { AUTH_SECRET, signedIn } from '../support/signed-in.ts';
import { BOUNDARY, openWire, preludeFor, requestHead } from '../support/wire.ts';

let portrait: Portrait;

beforeAll(async () => {
  portrait = await startPortrait({ env: { AUTH_SECRET, UPLOADS_PER_HOUR: '0' } });
});
afterAll(() => portrait[Symbol.asyncDispose]());

/** Returns the headers of a token with any claims. */
async function withClaims(claims: Record<string, unknown>): Promise<Record<string, string>> {
  const token = await new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(AUTH_SECRET));
  return { Authorization: `Bearer ${token}` };
}

/** Clients that change the user `ann`. */
const CLIENTS = {
  'no token': async () => ({}),
  'the token of the user': () => signedIn('ann'),
  'the token of another user': () => signedIn('bob'),
  'the scope portrait:moderate': () => signedIn('mod', null, ['portrait:moderate']),
  'the scope portrait:write': () => signedIn('hr', null, ['portrait:write']),
  'a malformed scope': () =>
    withClaims({ sub: 'eve', scope: { 'portrait:write': true }, scp: ['portrait:write portrait:moderate'] }),
};

type Client = keyof typeof CLIENTS;

const run = (arguments_: string) => (headers: Record<string, string>) =>
  query(portrait, `mutation { ${arguments_} { id } }`, {}, headers);

/** Uploads a file that is no picture. The error shows that the server read the file. */
const uploadText = (headers: Record<string, string>, userId = 'ann') =>
  upload(portrait, new File(['no picture'], 'me.png'), { userId }, headers, UPLOAD_FOR);

const UPLOAD_FOR = `mutation ($file: File!, $userId: ID) {
  uploadProfilePicture(file: $file, userId: $userId) { id }
}`;

const UNAUTHENTICATED = 'UNAUTHENTICATED';
const FORBIDDEN = 'FORBIDDEN';

/** Each mutation, and its code for each client in the order of CLIENTS. The user has no picture. */
const MUTATIONS: readonly [
  string,
  (headers: Record<string, string>) => Promise<GraphQLResponse<unknown>>,
  readonly (string | undefined)[],
][] = [
  [
    'uploadProfilePicture',
    async (headers) => await uploadText(headers),
    [UNAUTHENTICATED, 'UNSUPPORTED_FILE_TYPE', FORBIDDEN, FORBIDDEN, 'UNSUPPORTED_FILE_TYPE', FORBIDDEN],
  ],
  [
    'updateProfilePicture',
    run('updateProfilePicture(altText: "Me", userId: "ann")'),
    [UNAUTHENTICATED, 'BAD_USER_INPUT', FORBIDDEN, FORBIDDEN, 'BAD_USER_INPUT', FORBIDDEN],
  ],
  [
    'removeProfilePicture',
    run('removeProfilePicture(userId: "ann")'),
    [UNAUTHENTICATED, undefined, FORBIDDEN, undefined, undefined, FORBIDDEN],
  ],
  [
    'removeProfilePicture(permanently: true)',
    run('removeProfilePicture(permanently: true, userId: "ann")'),
    [UNAUTHENTICATED, undefined, FORBIDDEN, undefined, undefined, FORBIDDEN],
  ],
  [
    'restoreProfilePicture',
    run('restoreProfilePicture(userId: "ann")'),
    [UNAUTHENTICATED, 'NOTHING_TO_RESTORE', FORBIDDEN, 'NOTHING_TO_RESTORE', 'NOTHING_TO_RESTORE', FORBIDDEN],
  ],
  [
    'blockUploads',
    run('blockUploads(userId: "ann")'),
    [UNAUTHENTICATED, FORBIDDEN, FORBIDDEN, undefined, undefined, FORBIDDEN],
  ],
  [
    'unblockUploads',
    run('unblockUploads(userId: "ann")'),
    [UNAUTHENTICATED, FORBIDDEN, FORBIDDEN, undefined, undefined, FORBIDDEN],
  ],
  [
    'deleteUser',
    run('deleteUser(id: "ann")'),
    [UNAUTHENTICATED, undefined, FORBIDDEN, FORBIDDEN, undefined, FORBIDDEN],
  ],
];

describe('The permission for', () => {
  it.for(MUTATIONS)('%s depends on the token', async ([_name, mutate, codes]) => {
    const found: Record<string, unknown> = {};
    for (const [client, headersOf] of Object.entries(CLIENTS)) {
      const { status, errors } = await mutate(await headersOf());
      const code = errors?.[0]?.extensions.code;
      found[client] = code;
      expect(status === 403, client).toBe(code === FORBIDDEN);
      // The next client must not meet a block of this one.
      await run('unblockUploads(userId: "ann")')(await CLIENTS['the scope portrait:write']());
    }
    expect(found).toEqual(Object.fromEntries(Object.keys(CLIENTS).map((client, i) => [client, codes[i]])));
  });

  it('a mutation without `userId` is the user’s own', async () => {
    for (const client of ['the token of another user', 'a malformed scope'] satisfies Client[]) {
      const answer = await run('removeProfilePicture')(await CLIENTS[client]());
      expect([answer.status, answer.errors]).toEqual([200, undefined]);
    }
  });

  it('an upload is checked before the file arrives', async () => {
    using wire = await openWire(portrait.url);
    const { Authorization } = await signedIn('bob');
    await wire.send(
      `${requestHead({ Authorization, 'Content-Length': 4_000_000 })}${preludeFor(UPLOAD_FOR, { userId: 'ann' })}--${BOUNDARY}\r\n`,
    );
    const { status, body } = await wire.response();
    expect([status, JSON.parse(body).errors[0]]).toMatchObject([
      403,
      {
        message: 'Your sign-in does not allow this for this user. Use a token with the scope portrait:write.',
        extensions: { code: FORBIDDEN },
      },
    ]);
    expect(await portrait.uploads()).toEqual([]);
  });

  it.for([
    ['no character', ''],
    ['a NUL', 'a\0b'],
    ['half a surrogate pair', '\ud83d'],
    ['256 characters', 'x'.repeat(256)],
  ] as const)('a user whose id has %s is not checked, because the id is invalid', async ([_what, userId]) => {
    const headers = await CLIENTS['the scope portrait:write']();
    for (const field of ['removeProfilePicture', 'restoreProfilePicture', 'blockUploads', 'unblockUploads']) {
      const document = `mutation ($userId: ID!) { ${field}(userId: $userId) { id } }`;
      const { status, errors } = await query(portrait, document, { userId }, headers);
      expect([status, errors?.[0]?.extensions.code], field).toEqual([400, 'BAD_USER_INPUT']);
    }
    expect((await uploadText(headers, userId)).errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
  });
});

it('Clients in demo mode have no scope', async () => {
  await using demo = await startPortrait();
  const document = 'mutation { removeProfilePicture(userId: "ann") { id } }';
  const { status, errors } = await query(demo, document, {}, await signedIn('mod', null, ['portrait:write']));
  expect([status, errors?.[0]?.extensions.code]).toEqual([403, FORBIDDEN]);
});
