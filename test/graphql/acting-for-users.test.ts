import { hash } from 'node:crypto';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GraphQLResponse, query, upload } from '../support/graphql.ts';
import { pictureFile } from '../support/pictures.ts';
import { type Portrait, startPortrait } from '../support/portrait.ts';
import { AUTH_SECRET, signedIn } from '../support/signed-in.ts';
import {
  BODY_END,
  BOUNDARY,
  fileHead,
  openWire,
  preludeFor,
  requestHead,
  type WireResponse,
} from '../support/wire.ts';

const UPLOADS_PER_HOUR = 3;
const PICTURE = 'animated.gif';

let portrait: Portrait;
let moderator: Record<string, string>;
let writer: Record<string, string>;

beforeAll(async () => {
  const env = { AUTH_SECRET, UPLOADS_PER_HOUR: String(UPLOADS_PER_HOUR), AVATARS_BY_EMAIL: 'true' };
  [portrait, moderator, writer] = await Promise.all([
    startPortrait({ env }),
    signedIn('mod', 'Mod', ['portrait:moderate']),
    signedIn('hr', 'HR', ['portrait:write']),
  ]);
});
afterAll(() => portrait[Symbol.asyncDispose]());

const FIELDS = 'id name profilePicture { id } previousPicture { id } uploadBlock { until reason }';

const UPLOAD_FOR = `mutation ($file: File!, $userId: ID) {
  uploadProfilePicture(file: $file, userId: $userId) { ${FIELDS} }
}`;

interface Shown {
  readonly id: string;
  readonly name: string | null;
  readonly profilePicture: { readonly id: string } | null;
  readonly previousPicture: { readonly id: string } | null;
  readonly uploadBlock: { readonly until: string | null; readonly reason: string | null } | null;
}

/** Runs a mutation that must succeed. */
async function change(headers: Record<string, string>, mutation: string): Promise<Shown> {
  const { data, errors } = await query<Record<string, Shown>>(
    portrait,
    `mutation { ${mutation} { ${FIELDS} } }`,
    {},
    headers,
  );
  expect(errors).toBeUndefined();
  return Object.values(data ?? {})[0] as Shown;
}

async function uploadFor(headers: Record<string, string>, userId: string): Promise<Shown> {
  const { data, errors } = await upload(
    portrait,
    await pictureFile(PICTURE),
    { userId },
    headers,
    UPLOAD_FOR,
  );
  expect(errors).toBeUndefined();
  return data?.uploadProfilePicture as unknown as Shown;
}

/** Returns a user as this client sees them. */
async function shown(headers: Record<string, string>, id: string): Promise<Shown> {
  const document = `query ($id: ID!) { user(id: $id) { ${FIELDS} } }`;
  const { data } = await query<{ user: Shown }>(portrait, document, { id }, headers);
  return data?.user as Shown;
}

function failureOf({ status, errors }: GraphQLResponse<unknown>) {
  return { status, ...errors?.[0]?.extensions };
}

/** Returns the audit lines of changes to a user. */
function auditOf(subject: string): Record<string, unknown>[] {
  return portrait
    .log()
    .split('\n')
    .filter((line) => line.includes('"audit":true'))
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter((line) => line['subject'] === subject);
}

describe('A client that acts for a user', () => {
  it('changes the user’s picture, but neither the user’s name nor the user’s address', async () => {
    const email = 'hr@example.com';
    const token = await new SignJWT({ sub: 'hr', name: 'HR', email, scope: 'portrait:write' })
      .setProtectedHeader({ alg: 'HS256' })
      .setExpirationTime('1h')
      .sign(new TextEncoder().encode(AUTH_SECRET));
    const after = await uploadFor({ Authorization: `Bearer ${token}` }, 'ann');
    expect(after).toMatchObject({ id: 'ann', name: null, profilePicture: { id: expect.any(String) } });
    const avatar = await fetch(`${portrait.url}/avatar/${hash('md5', email)}?d=404`);
    expect(avatar.status).toBe(404);
    const { altText } = await query<{ updateProfilePicture: { profilePicture: { altText: string } } }>(
      portrait,
      'mutation { updateProfilePicture(altText: "Me", userId: "ann") { profilePicture { altText } } }',
      {},
      writer,
    ).then(({ data }) => data?.updateProfilePicture.profilePicture ?? { altText: undefined });
    expect(altText).toBe('Me');
  });

  it('spends its own uploads, not those of the user', async () => {
    const headers = await signedIn('sync', null, ['portrait:write']);
    const text = new File(['no picture'], 'me.png');
    const codes: unknown[] = [];
    for (let count = 0; count <= UPLOADS_PER_HOUR; count += 1) {
      codes.push(failureOf(await upload(portrait, text, { userId: 'bob' }, headers, UPLOAD_FOR))['code']);
    }
    expect(codes).toEqual([...Array(UPLOADS_PER_HOUR).fill('UNSUPPORTED_FILE_TYPE'), 'RATE_LIMITED']);
    const own = await upload(portrait, text, {}, await signedIn('bob'));
    expect(failureOf(own)['code']).toBe('UNSUPPORTED_FILE_TYPE');
  });
});

describe('A picture that a moderator removed', () => {
  it('is the previous picture for moderators, who can restore it, and not for its user', async () => {
    const cid = await signedIn('cid', 'Cid');
    const first = (await uploadFor(cid, 'cid')).profilePicture;
    const second = await uploadFor(cid, 'cid');
    expect(second.previousPicture).toEqual(first);
    const removed = await change(moderator, 'removeProfilePicture(userId: "cid")');
    expect(removed).toMatchObject({
      name: 'Cid',
      profilePicture: null,
      previousPicture: second.profilePicture,
    });
    expect((await shown(cid, 'cid')).previousPicture).toEqual(first);
    expect((await shown(writer, 'cid')).previousPicture).toEqual(second.profilePicture);
    for (const stranger of [{}, await signedIn('dan')]) {
      expect((await shown(stranger, 'cid')).previousPicture).toBeNull();
    }
    const restored = await change(cid, 'restoreProfilePicture');
    expect(restored).toMatchObject({ profilePicture: first, previousPicture: null });
    const refused = await query(portrait, 'mutation { restoreProfilePicture { id } }', {}, cid);
    expect(failureOf(refused)).toEqual({ status: 422, code: 'NOTHING_TO_RESTORE' });
    expect(await change(moderator, 'restoreProfilePicture(userId: "cid")')).toMatchObject({
      profilePicture: second.profilePicture,
      previousPicture: first,
    });
    const common = {
      level: 30,
      audit: true,
      subject: 'cid',
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    };
    await expect
      .poll(() => auditOf('cid'))
      .toMatchObject([
        { ...common, actor: 'cid', action: 'profile_picture.updated', picture: first?.id },
        { ...common, actor: 'cid', action: 'profile_picture.updated', picture: second.profilePicture?.id },
        { ...common, actor: 'mod', action: 'profile_picture.removed', picture: second.profilePicture?.id },
        { ...common, actor: 'cid', action: 'profile_picture.restored', picture: first?.id },
        { ...common, actor: 'mod', action: 'profile_picture.restored', picture: second.profilePicture?.id },
      ]);
  });
});

describe('A blocked user', () => {
  const until = '2999-01-01T00:00:00.000Z';
  const block = { until, reason: 'Upload a photo of yourself.' };
  const mutation = (userId: string) =>
    `blockUploads(userId: "${userId}", until: "${until}", reason: " ${block.reason} ")`;
  const failure = { code: 'UPLOADS_BLOCKED', ...block };

  it('cannot upload or restore, and sees why', async () => {
    const eve = await signedIn('eve');
    await uploadFor(eve, 'eve');
    expect(await change(moderator, mutation('eve'))).toMatchObject({ id: 'eve', uploadBlock: block });
    using wire = await openWire(portrait.url);
    await wire.send(
      `${requestHead({ ...eve, 'Content-Length': 4_000_000 })}${preludeFor(UPLOAD_FOR)}--${BOUNDARY}\r\n`,
    );
    const { status, body } = await wire.response();
    expect([status, JSON.parse(body).errors[0]]).toMatchObject([
      403,
      {
        message: `You cannot upload or restore pictures until ${until}. To change this, contact the moderators of this site. Reason: ${block.reason}`,
        extensions: failure,
      },
    ]);
    await change(eve, 'updateProfilePicture(altText: "Me")');
    await change(eve, 'removeProfilePicture');
    const restored = await query(portrait, 'mutation { restoreProfilePicture { id } }', {}, eve);
    expect(failureOf(restored)).toEqual({ status: 403, ...failure });
    expect((await shown(eve, 'eve')).uploadBlock).toEqual(block);
    for (const stranger of [{}, await signedIn('dan')]) {
      expect((await shown(stranger, 'eve')).uploadBlock).toBeNull();
    }
    expect((await uploadFor(writer, 'eve')).profilePicture).not.toBeNull();
    expect((await change(moderator, 'unblockUploads(userId: "eve")')).uploadBlock).toBeNull();
    await change(moderator, 'unblockUploads(userId: "eve")');
    expect((await uploadFor(eve, 'eve')).profilePicture).not.toBeNull();
    const blocks = () => auditOf('eve').filter(({ action }) => action === 'user.upload_block_changed');
    await expect.poll(blocks).toMatchObject(Array(2).fill({ actor: 'mod', picture: null }));
  });

  it('gets no picture from an upload that was in progress when the block came', async () => {
    const fay = await signedIn('fay');
    const file = Buffer.from(await (await pictureFile('photo.webp')).arrayBuffer());
    const start = `${preludeFor(UPLOAD_FOR)}${fileHead('0', 'photo.webp')}`;
    using wire = await openWire(portrait.url);
    const length = Buffer.byteLength(start) + file.length + Buffer.byteLength(BODY_END);
    await wire.send(requestHead({ ...fay, 'Content-Length': length }) + start);
    await wire.send(file.subarray(0, -1));
    await expect.poll(() => portrait.uploads()).toHaveLength(1);
    await change(moderator, mutation('fay'));
    await wire.send(Buffer.concat([file.subarray(-1), Buffer.from(BODY_END)]));
    const response: WireResponse = await wire.response();
    expect([response.status, JSON.parse(response.body).errors[0].extensions]).toEqual([403, failure]);
    expect(await shown(fay, 'fay')).toMatchObject({ profilePicture: null, previousPicture: null });
  });

  it.for<[what: string, arguments_: string, message: string]>([
    ['a time in the past', 'until: "2026-01-01T00:00:00Z"', 'The time in `until` has passed.'],
    ['a time without a zone', 'until: "2999-01-01T00:00:00"', 'A DateTime is'],
    ['a number as time', 'until: 32472144000', 'A DateTime is'],
    ['a reason that is too long', `reason: "${'x'.repeat(501)}"`, 'The reason has 501 characters.'],
  ])('is not blocked by %s', async ([_what, arguments_, message]) => {
    const document = `mutation { blockUploads(userId: "gus", ${arguments_}) { id } }`;
    const { status, errors } = await query(portrait, document, {}, moderator);
    expect([status, errors?.[0]?.extensions.code]).toEqual([400, 'BAD_USER_INPUT']);
    expect(errors?.[0]?.message).toContain(message);
    expect((await shown(moderator, 'gus')).uploadBlock).toBeNull();
  });

  it('can be blocked without an end and a reason', async () => {
    const { uploadBlock } = await change(moderator, 'blockUploads(userId: "hal", until: null, reason: "")');
    expect(uploadBlock).toEqual({ until: null, reason: null });
  });
});
