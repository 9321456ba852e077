import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { runCommand } from '../support/commands.ts';
import { filesWith } from '../support/find-bytes.ts';
import { type Fault, startFaultyProxy } from '../support/faulty-proxy.ts';
import { type GraphQLResponse, query, UPLOAD, upload, uploaded } from '../support/graphql.ts';
import { pictureFile, picturePath } from '../support/pictures.ts';
import { portraitForTest } from '../support/portrait.ts';
import { environmentOfS3, startS3Store } from '../support/s3-store.ts';
import { AUTH_SECRET, signedIn } from '../support/signed-in.ts';
import { fileHead, openWire, preludeFor, requestHead } from '../support/wire.ts';

const ID = 'user-3c9d2a';
const NAME = 'Unmistakable Name';
const ALT_TEXT = 'An unmistakable text';

interface Deletion {
  readonly deleteUser: { readonly id: string };
}

function deleteUser(
  server: { url: string },
  headers: Record<string, string>,
  id = ID,
): Promise<GraphQLResponse<Deletion>> {
  return query(server, 'mutation ($id: ID!) { deleteUser(id: $id) { id } }', { id }, headers);
}

const codeOf = ({ errors }: Pick<GraphQLResponse, 'errors'>) => errors?.[0]?.extensions.code;

async function statusOf(url: string): Promise<number> {
  return (await fetch(url)).status;
}

it('deleteUser deletes every picture, also in the trash and in progress, and every trace in the files', async () => {
  const server = await portraitForTest({ env: { AUTH_SECRET, UPLOADS_PER_HOUR: '0' } });
  const user = await signedIn(ID, NAME);
  const other = await signedIn('other');
  const kept = await uploaded(server, await pictureFile('cmyk.jpg'), {}, other);
  const pictures = [
    await uploaded(server, await pictureFile('photo.webp'), { altText: ALT_TEXT }, user),
    await uploaded(server, await pictureFile('cmyk.jpg'), { altText: ALT_TEXT }, user),
  ].map(({ profilePicture }) => profilePicture);
  const urls = pictures.map(({ url }) => url);
  // At the second request, a picture is in memory.
  for (const url of [...urls, ...urls]) {
    expect(await statusOf(url)).toBe(200);
  }
  expect(await filesWith(join(server.folder, 'data'), [ID, NAME, ALT_TEXT])).not.toEqual([]);

  const picture = await readFile(picturePath('photo.webp'));
  const head = preludeFor(UPLOAD) + fileHead('0', 'photo.webp');
  using running = await openWire(server.url);
  await running.send(
    requestHead({ ...user, 'Content-Length': Buffer.byteLength(head) + picture.length + 50 }),
  );
  await running.send(head);
  await running.send(picture.subarray(0, 100_000));
  await expect.poll(() => server.uploads()).toHaveLength(1);

  for (const headers of [{}, other, await signedIn('mod', null, ['portrait:moderate'])]) {
    expect(['UNAUTHENTICATED', 'FORBIDDEN']).toContain(codeOf(await deleteUser(server, headers)));
  }
  expect((await deleteUser(server, user)).data).toEqual({ deleteUser: { id: ID } });
  expect(await server.uploads()).toEqual([]);
  expect(await server.pictures()).toHaveLength(1);
  expect(await filesWith(server.folder, [ID, NAME, ALT_TEXT, ...pictures.map(({ id }) => id)])).toEqual([]);
  expect(await Promise.all(urls.map(statusOf))).toEqual([404, 404]);
  const { body } = await running.response();
  expect(JSON.parse(body).errors[0].extensions.code).toBe('FORBIDDEN');
  expect(await statusOf(kept.profilePicture.url)).toBe(200);

  // A repetition succeeds, and is no change.
  const writer = await signedIn('service', null, ['portrait:write']);
  expect((await deleteUser(server, writer)).data).toEqual({ deleteUser: { id: ID } });
  await expect.poll(() => server.log().match(/"user\.deleted"/g)).toHaveLength(1);
  const again = await uploaded(server, await pictureFile('cmyk.jpg'), {}, user);
  expect(again.name).toBe(NAME);
});

it('deleteUser hides the user while the bucket is unavailable, and the next start finishes the deletion', async () => {
  await using store = await startS3Store();
  await using proxy = await startFaultyProxy(store.endpoint);
  const prefix = `tests/${randomBytes(8).toString('hex')}`;
  const env = { ...environmentOfS3(store, { prefix, proxy }), AUTH_SECRET };
  const server = await portraitForTest({ env });
  const [user, other] = [await signedIn(ID, NAME), await signedIn('other')];
  await uploaded(server, await pictureFile('cmyk.jpg'), {}, user);
  await uploaded(server, await pictureFile('cmyk.jpg'), {}, user);
  const fault: Fault = { type: 'reject', status: 500, code: 'InternalError' };
  proxy.fault = () => fault;
  for (const _time of [1, 2]) {
    expect(codeOf(await deleteUser(server, user))).toBe('SERVER_BUSY');
    const { data } = await query(
      server,
      'query ($id: ID!) { user(id: $id) { name profilePicture { id } } }',
      { id: ID },
      other,
    );
    expect(data).toEqual({ user: { name: null, profilePicture: null } });
  }
  const whileDeleting = await query(
    server,
    'mutation { updateProfilePicture(altText: "x") { id } }',
    {},
    user,
  );
  expect(codeOf(whileDeleting)).toBe('SERVER_BUSY');
  expect(await filesWith(join(server.folder, 'data'), [ID])).not.toEqual([]);
  await server.end('SIGKILL');
  proxy.fault = () => undefined;

  const next = await portraitForTest({ env, folder: server.folder });
  expect(await store.keys(prefix)).toEqual([]);
  // The sweep after the start empties the log.
  await expect.poll(() => filesWith(join(server.folder, 'data'), [ID, NAME])).toEqual([]);
  expect((await upload(next, await pictureFile('cmyk.jpg'), {}, user)).status).toBe(200);
});

it('npm run delete-user works next to a server, and ends uploads that the server is still receiving', async () => {
  const server = await portraitForTest({ env: { AUTH_SECRET } });
  const { folder } = server;
  const user = await signedIn(ID, NAME);
  await uploaded(server, await pictureFile('cmyk.jpg'), {}, user);
  await uploaded(server, await pictureFile('photo.webp'), {}, user);
  const run = (...args: string[]) => runCommand(folder, ['delete-user', ...args]);
  expect(await run(ID, '--dry-run')).toMatchObject({
    code: 0,
    stdout: '2 pictures of the user would be deleted.\n',
  });
  expect(await server.pictures()).toHaveLength(2);

  const picture = await readFile(picturePath('photo.webp'));
  const head = preludeFor(UPLOAD) + fileHead('0', 'photo.webp');
  using running = await openWire(server.url);
  const end = '\r\n--portrait-boundary--\r\n';
  const length = Buffer.byteLength(head) + picture.length + end.length;
  await running.send(requestHead({ ...user, 'Content-Length': length }) + head);
  await running.send(picture.subarray(0, 100_000));
  await expect.poll(() => server.uploads()).toHaveLength(1);

  const { code, stdout, stderr } = await run(ID, '--json');
  expect([code, JSON.parse(stdout)]).toEqual([0, { id: ID, dryRun: false, pictures: 2 }]);
  expect(stderr).toContain('100 % of 2 pictures');
  expect(stderr).toContain('"action":"user.deleted"');
  await running.send(picture.subarray(100_000));
  await running.send(end);
  const { body } = await running.response();
  expect(JSON.parse(body).errors[0].extensions.code).toBe('FORBIDDEN');
  expect(await server.pictures()).toEqual([]);
  expect(await server.uploads()).toEqual([]);
  expect(await filesWith(folder, [ID, NAME])).toEqual([]);
  expect(await run(ID)).toMatchObject({ code: 0, stdout: '0 pictures of the user were deleted.\n' });
  expect((await run()).stderr).toContain('Name one user by id. Usage: npm run delete-user -- ID');
});
