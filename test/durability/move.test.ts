import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { picturePath } from '../../src/storage/storage.ts';
import { runCommand } from '../support/commands.ts';
import { query, UPLOAD, upload, uploaded, viewer } from '../support/graphql.ts';
import { expectNothingLost } from '../support/inspect-storage.ts';
import { openPictureStore } from '../support/picture-store.ts';
import { pictureFile } from '../support/pictures.ts';
import { findPictures, type Portrait, portraitForTest } from '../support/portrait.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { BOUNDARY, openWire, preludeFor, requestHead } from '../support/wire.ts';

const READ_ONLY_WARNING = 'The pictures are being moved, or were moved, to another place; rejecting writes';

/** Starts a server with two pictures, of which the second one is live, and creates a folder to move to. */
async function startOldSide() {
  const server = await portraitForTest();
  const first = (await uploaded(server, await pictureFile('cmyk.jpg'))).profilePicture;
  const live = (await uploaded(server, await pictureFile('photo.webp'))).profilePicture;
  const target = await temporaryFolder();
  const toDatabase = `file:${join(target, 'data/portrait.db')}`;
  const toStorage = `file:${join(target, 'pictures')}`;
  return { server, first, live, target, toDatabase, toStorage };
}

const codeOf = async (result: Promise<{ errors: readonly { extensions: { code: string } }[] | undefined }>) =>
  (await result).errors?.[0]?.extensions.code;

/** Checks that the server rejects every mutation, and still serves queries and pictures. */
async function expectReadOnly(server: Portrait, live: { id: string; url: string }): Promise<void> {
  const rejected = await upload(server, await pictureFile('photo.webp'));
  expect([rejected.status, rejected.errors?.[0]?.extensions]).toEqual([
    503,
    { code: 'SERVER_BUSY', retryAfter: 60 },
  ]);
  // The server responds before it reads the file, which the client never sends.
  using wire = await openWire(server.url);
  await wire.send(`${requestHead({ 'Content-Length': 5_000_000 })}${preludeFor(UPLOAD)}--${BOUNDARY}\r\n`);
  expect((await wire.response()).status).toBe(503);
  for (const mutation of [
    'removeProfilePicture',
    'removeProfilePicture(permanently: true)',
    'restoreProfilePicture',
    'updateProfilePicture(altText: "Me")',
  ]) {
    expect(await codeOf(query(server, `mutation { ${mutation} { id } }`))).toBe('SERVER_BUSY');
  }
  expect((await viewer(server)).profilePicture?.id).toBe(live.id);
  expect((await fetch(live.url)).status).toBe(200);
  expect((await fetch(`${server.url}/ready`)).status).toBe(200);
  expect(await server.uploads()).toEqual([]);
}

describe('npm run move', () => {
  it('copies everything to another database and folder, and leaves the old side read-only', async () => {
    const { server, first, live, target, toDatabase, toStorage } = await startOldSide();
    const options = ['move', '--to-database', toDatabase, '--to-storage', toStorage];
    expect(await runCommand(server.folder, [...options, '--dry-run'])).toEqual({
      code: 0,
      stdout: '1 users and 2 pictures can be moved, 0 with missing files.\n',
      stderr: '',
    });
    expect(await findPictures(join(target, 'pictures'))).toEqual([]);
    expect(await codeOf(query(server, 'mutation { updateProfilePicture(altText: "Me") { id } }'))).toBe(
      undefined,
    );
    expect(await runCommand(server.folder, options)).toEqual({
      code: 0,
      stdout: [
        '1 users and 2 pictures were moved and compared with the originals.',
        '2 pictures were copied by this run, 0 were already there, 0 with missing files.',
        'Stop the server, and start it with the new DATABASE_URL and STORAGE_URL.\n',
      ].join('\n'),
      stderr: '0 % of 2 pictures\n100 % of 2 pictures\n',
    });
    await expectReadOnly(server, live);

    const moved = await portraitForTest({ folder: target });
    expect(moved.logWithoutAudit()).toBe('');
    await expectNothingLost(target, [first.id, live.id]);
    expect((await viewer(moved)).profilePicture).toMatchObject({ id: live.id, altText: 'Me' });
    const { data } = await query<{ restored: { profilePicture: { id: string } } }>(
      moved,
      'mutation { restored: restoreProfilePicture { profilePicture { id } } }',
    );
    expect(data?.restored.profilePicture.id).toBe(first.id);
    const next = (await uploaded(moved, await pictureFile('orientation-6.jpg'))).profilePicture;
    expect((await viewer(moved)).profilePicture?.id).toBe(next.id);

    // A second run finishes a move that was killed between its last two steps, and changes nothing else. Until then, the
    // move cannot be canceled. A start of the old side changes nothing either.
    const newDatabase = new Sqlite(join(target, 'data/portrait.db'));
    newDatabase.exec('UPDATE moves SET finished = 0');
    expect((await runCommand(server.folder, ['move', '--cancel'])).stderr).toContain('use --force');
    expect(await runCommand(server.folder, options)).toMatchObject({ code: 0, stderr: '' });
    expect(newDatabase.prepare('SELECT finished FROM moves').all()).toEqual([{ finished: 1 }]);
    newDatabase.close();
    expect((await viewer(moved)).profilePicture?.id).toBe(next.id);
    await server.end('SIGTERM');
    const again = await portraitForTest({ folder: server.folder });
    await expect.poll(() => again.log()).toContain(READ_ONLY_WARNING);
    await expectReadOnly(again, { ...live, url: live.url.replace(server.url, again.url) });
  });

  it('can copy the files alone, and then accepts changes only with the new storage', async () => {
    const { server, first, live, target, toStorage } = await startOldSide();
    const moved = await runCommand(server.folder, ['move', '--to-storage', toStorage]);
    expect(moved).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('start it with the new STORAGE_URL'),
    });
    await expectReadOnly(server, live);
    await server.end('SIGTERM');
    const old = await portraitForTest({ folder: server.folder });
    await expect.poll(() => old.log()).toContain(READ_ONLY_WARNING);
    await expectReadOnly(old, { ...live, url: live.url.replace(server.url, old.url) });
    await old.end('SIGTERM');
    const env = { STORAGE_URL: toStorage };
    const here = await portraitForTest({ folder: server.folder, env });
    expect(here.logWithoutAudit()).toBe('');
    const next = (await uploaded(here, await pictureFile('orientation-6.jpg'))).profilePicture;
    expect(await findPictures(join(target, 'pictures'))).toEqual(
      [first.id, live.id, next.id].map(picturePath).toSorted(),
    );
    expect((await runCommand(server.folder, ['reconcile'], { env })).stdout).toContain(
      '0 unknown to the database (0 deleted), 0 with missing files.',
    );
    // The move back starts at the new storage, not at the old storage.
    const elsewhere = ['move', '--to-storage', `file:${await temporaryFolder()}`];
    expect((await runCommand(server.folder, elsewhere)).stderr).toContain(
      `was already moved to file://${target}/pictures`,
    );
    await here.end('SIGTERM');
    const back = `file:${join(server.folder, 'pictures')}`;
    expect((await runCommand(server.folder, ['move', '--to-storage', back], { env })).stdout).toContain(
      '1 pictures were copied by this run, 2 were already there',
    );
    await uploaded(await portraitForTest({ folder: server.folder }), await pictureFile('cmyk.jpg'));
  });

  it('keeps files that already exist if they are identical, and replaces others', async () => {
    const { server, first, live, target, toStorage } = await startOldSide();
    for (const { id } of [first, live]) {
      const [from, to] = [
        join(server.folder, 'pictures', picturePath(id)),
        join(target, 'pictures', picturePath(id)),
      ];
      await mkdir(to, { recursive: true });
      for (const name of await readdir(from)) {
        await writeFile(join(to, name), await readFile(join(from, name)));
      }
    }
    const damaged = join(target, 'pictures', picturePath(live.id), '64.webp');
    const bytes = await readFile(damaged);
    bytes[30] = (bytes[30] ?? 0) ^ 1;
    await writeFile(damaged, bytes);
    const { code, stdout } = await runCommand(server.folder, ['move', '--to-storage', toStorage]);
    expect([code, stdout]).toEqual([
      0,
      expect.stringContaining('1 pictures were copied by this run, 1 were already there'),
    ]);
    expect(await readFile(damaged)).toEqual(
      await readFile(join(server.folder, 'pictures', picturePath(live.id), '64.webp')),
    );
  });

  it('reports pictures without files, and moves their rows', async () => {
    const { server, first, target, toDatabase, toStorage } = await startOldSide();
    await rm(join(server.folder, 'pictures', picturePath(first.id)), { recursive: true });
    const options = ['move', '--to-database', toDatabase, '--to-storage', toStorage];
    expect(await runCommand(server.folder, [...options, '--dry-run'])).toMatchObject({
      code: 1,
      stdout: `missing  ${first.id}\n1 users and 2 pictures can be moved, 1 with missing files.\n`,
    });
    expect(await runCommand(server.folder, options)).toMatchObject({
      code: 1,
      stdout: expect.stringContaining(`missing  ${first.id}\n1 users and 2 pictures were moved`),
    });
    expect((await runCommand(target, ['reconcile'])).stdout).toContain(`missing  ${first.id}`);
  });

  it('does not begin if the target database is not empty, and can be canceled only after it begins, by force after it is finished', async () => {
    const { server, live, toDatabase, toStorage } = await startOldSide();
    const other = await openPictureStore();
    await other.makeLive('ann');
    await other.makeLive('ann');
    const notEmpty = `file:${join(other.folder, 'data/portrait.db')}`;
    const { code, stderr } = await runCommand(server.folder, ['move', '--to-database', notEmpty]);
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining('is not empty. It has 1 users and 2 pictures.'),
    ]);
    await other.makeLive('ann');
    const cancel = (...options: string[]) => runCommand(server.folder, ['move', '--cancel', ...options]);
    expect((await cancel()).stderr).toContain('There is no move from this database to cancel.');
    const next = (await uploaded(server, await pictureFile('photo.webp'))).profilePicture;

    await runCommand(server.folder, ['move', '--to-database', toDatabase, '--to-storage', toStorage]);
    await expectReadOnly(server, next);
    expect((await fetch(live.url)).status).toBe(200);
    expect((await cancel()).stderr).toContain(
      'The move is finished, and changes on the new side would be lost.',
    );
    expect(await cancel('--force')).toMatchObject({ code: 0 });
    await uploaded(server, await pictureFile('photo.webp'));
  });

  it.for([
    { args: [], error: 'Specify either a target or --cancel. --dry-run requires a target' },
    { args: ['--cancel', '--to-storage', 'file:./elsewhere'], error: 'Specify either a target or --cancel.' },
    { args: ['--cancel', '--dry-run'], error: 'Specify either a target or --cancel.' },
    { args: ['file:./elsewhere'], error: 'Unexpected argument' },
    { args: ['--to-nowhere'], error: 'Unknown option' },
    { args: ['--to-storage', 'ftp://elsewhere'], error: 'STORAGE_URL must begin with "file:" or "s3:"' },
    { args: ['--to-storage', 'file:./pictures'], error: 'The target is the same as the source.' },
  ])('fails with a message, not a stack trace, if it is called with $args', async ({ args, error }) => {
    const { code, stderr } = await runCommand(await temporaryFolder(), ['move', ...args]);
    expect([code, stderr]).toEqual([1, expect.stringContaining(error)]);
    expect(stderr).not.toContain('    at ');
  });
});
