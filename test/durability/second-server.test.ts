import { link, mkdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { newInstance } from '../../src/database/instance.ts';
import { claimFolder, FOLDER_LOCK } from '../../src/database/sqlite/claim-folder.ts';
import { runCommand } from '../support/commands.ts';
import { atTestEnd, concurrentIt, concurrently, expectInTest } from '../support/current-test.ts';
import { failedStart } from '../support/failed-start.ts';
import { UPLOAD } from '../support/graphql.ts';
import { picturePath } from '../support/pictures.ts';
import { type Portrait, portraitForTest, startPortrait } from '../support/portrait.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { BODY_END, fileHead, openWire, preludeFor, requestHead } from '../support/wire.ts';

const IN_USE = 'Another server is using the database';

/** Starts an upload, and resolves while the server receives it. @returns a function that finishes the upload. */
async function beginUpload(server: Portrait): Promise<() => Promise<number>> {
  const picture = await readFile(picturePath('photo.webp'));
  const head = preludeFor(UPLOAD) + fileHead('0', 'photo.webp');
  const wire = await openWire(server.url);
  atTestEnd(() => wire[Symbol.dispose]());
  const length = Buffer.byteLength(head) + picture.length + BODY_END.length;
  await wire.send(requestHead({ 'Content-Length': length }) + head);
  let sent = 100_000;
  await wire.send(picture.subarray(0, sent));
  // The server rejects uploads that stall for 30 s, and a busy machine can take longer to start other servers.
  const trickle = setInterval(() => {
    wire.send(picture.subarray(sent, sent + 1)).catch(() => {});
    sent += 1;
  }, 1_000);
  atTestEnd(() => clearInterval(trickle));
  await expectInTest()
    .poll(() => server.uploads())
    .toHaveLength(1);
  return async () => {
    clearInterval(trickle);
    await wire.send(picture.subarray(sent));
    await wire.send(BODY_END);
    return (await wire.response()).status;
  };
}

const database = (folder: string) => join(folder, 'data/portrait.db');

// Two of these tests wait ten seconds for a database that another process has open. The others run at the same time.
describe.concurrent('A second server does not start, and does not touch the uploads of the first server,', () => {
  concurrentIt('on the same database or folder, or on a symbolic link to it', async ({ expect }) => {
    const server = await portraitForTest();
    const finish = await beginUpload(server);
    for (const { error, env } of [
      { error: IN_USE, env: async () => ({ DATABASE_URL: `file:${database(server.folder)}` }) },
      {
        error: IN_USE,
        async env(own: string) {
          await symlink(database(server.folder), join(own, 'link.db'));
          return { DATABASE_URL: `file:${join(own, 'link.db')}` };
        },
      },
      {
        error: IN_USE,
        async env(own: string) {
          await symlink(join(server.folder, 'data'), join(own, 'link'));
          return { DATABASE_URL: `file:${join(own, 'link/portrait.db')}` };
        },
      },
      {
        error: 'Another server is using the folder',
        env: async () => ({ STORAGE_URL: `file:${join(server.folder, 'pictures')}` }),
      },
      {
        error: 'Another server is using the folder',
        async env(own: string) {
          await symlink(join(server.folder, 'uploads'), join(own, 'link'));
          return { UPLOADS_DIR: join(own, 'link') };
        },
      },
    ]) {
      const own = await temporaryFolder();
      const options = { folder: own, env: await env(own) };
      await expect(startPortrait(options)).rejects.toThrow(error);
      // A third server finds the files of the second server, and does not start either.
      expect((await failedStart(own, options.env)).message).toContain(error);
    }
    expect(await finish()).toBe(200);
  });

  it.for([
    {
      what: 'on a hard link to the same database',
      async path(first: string, own: string) {
        await link(database(first), join(own, 'link.db'));
        return join(own, 'link.db');
      },
    },
    {
      what: 'on the same database after its lock was deleted',
      async path(first: string) {
        await rm(`${database(first)}.lock`);
        return database(first);
      },
    },
  ])(
    '$what',
    concurrently(async ({ path }, { expect }) => {
      const server = await portraitForTest();
      const finish = await beginUpload(server);
      const own = await temporaryFolder();
      const options = { folder: own, env: { DATABASE_URL: `file:${await path(server.folder, own)}` } };
      const error = 'Another server, or a command such as a backup, is using the database';
      await expect(startPortrait(options)).rejects.toThrow(error);
      await expect(startPortrait(options)).rejects.toThrow(error);
      expect(await finish()).toBe(200);
    }),
  );
});

concurrentIt('Two servers on links to the same new database file exclude each other', async ({ expect }) => {
  const [data, own] = [await temporaryFolder(), await temporaryFolder()];
  const target = join(data, 'new.db');
  await symlink(target, join(own, 'first.db'));
  await symlink('first.db', join(own, 'second.db'));
  await portraitForTest({ env: { DATABASE_URL: `file:${join(own, 'first.db')}` } });
  for (const path of [join(own, 'second.db'), target]) {
    const error = await failedStart(await temporaryFolder(), { DATABASE_URL: `file:${path}` });
    expect(error.message).toContain(IN_USE);
  }
});

concurrentIt('Servers and commands reject a database file that has a hard link', async ({ expect }) => {
  const server = await portraitForTest();
  await server.end('SIGTERM');
  await link(join(server.folder, 'data/portrait.db'), join(server.folder, 'data/other.db'));
  const error = 'cannot be used: the file has another name, a hard link';
  await expect(startPortrait({ folder: server.folder })).rejects.toThrow(error);
  for (const args of [['reconcile'], ['backup', await temporaryFolder()], ['move', '--cancel']]) {
    const { code, stderr } = await runCommand(server.folder, args);
    expect([code, stderr]).toEqual([1, expect.stringContaining(error)]);
  }
  await rm(join(server.folder, 'data/other.db'));
  await portraitForTest({ folder: server.folder });
});

concurrentIt(
  'A move or a backup into the folder of a running server fails, and does not touch its uploads',
  async ({ expect }) => {
    const server = await portraitForTest();
    const source = await portraitForTest();
    const target = join(server.folder, 'pictures');
    const staged = join(target, '.staging', `${newInstance()}-00-00-pic`);
    await mkdir(staged);
    const moved = await runCommand(source.folder, ['move', '--to-storage', `file:${target}`]);
    expect([moved.code, moved.stderr]).toEqual([
      1,
      expect.stringContaining('Another server is using the folder'),
    ]);
    const backedUp = await runCommand(source.folder, ['backup', server.folder]);
    expect([backedUp.code, backedUp.stderr]).toEqual([
      1,
      expect.stringContaining('Another server is using the folder'),
    ]);
    await rm(staged, { recursive: true });
    // The move did not begin, so the old side still accepts writes.
    expect(await (await beginUpload(source))()).toBe(200);
  },
);

describe.concurrent('A server whose claim on a folder was deleted', () => {
  concurrentIt(
    'claims it again at the next check or upload, and keeps another server out',
    async ({ expect }) => {
      const server = await portraitForTest();
      const finish = await beginUpload(server);
      for (const [part, env] of [
        ['uploads', (folder: string) => ({ UPLOADS_DIR: folder })],
        ['pictures', (folder: string) => ({ STORAGE_URL: `file:${folder}` })],
      ] as const) {
        const folder = join(server.folder, part);
        await rm(join(folder, FOLDER_LOCK));
        expect((await fetch(`${server.url}/ready`)).status).toBe(200);
        const error = await failedStart(await temporaryFolder(), env(folder));
        expect(error.message).toContain(`Another server is using the folder ${folder}`);
      }
      expect(await finish()).toBe(200);

      const uploads = join(server.folder, 'uploads');
      await rm(join(uploads, FOLDER_LOCK));
      const finishNext = await beginUpload(server);
      expect(() => claimFolder(uploads)).toThrow(`Another server is using the folder ${uploads}`);
      expect(await finishNext()).toBe(200);
    },
  );

  concurrentIt(
    'rejects writes while another server has claimed the folder, and accepts them afterwards',
    async ({ expect }) => {
      const server = await portraitForTest();
      const folder = join(server.folder, 'uploads');
      const otherFolder = await temporaryFolder();
      const other = claimFolder(otherFolder);
      // A rename is atomic, so the server cannot claim the folder in between.
      await rename(join(otherFolder, FOLDER_LOCK), join(folder, FOLDER_LOCK));
      expect((await fetch(`${server.url}/ready`)).status).toBe(503);
      await expect.poll(() => server.log()).toContain(`Another server is using the folder ${folder}`);
      expect(await (await beginUpload(server))()).toBe(503);
      other.release();
      expect((await fetch(`${server.url}/ready`)).status).toBe(200);
      expect(await (await beginUpload(server))()).toBe(200);
    },
  );
});

concurrentIt(
  'The locks of an ended server, on its database and its folders, do not prevent a start',
  async ({ expect }) => {
    const server = await portraitForTest();
    await server.end('SIGKILL');
    const again = await portraitForTest({ folder: server.folder });
    expect(await again.uploads()).toEqual([]);
    for (const path of ['data/portrait.db.lock', `uploads/${FOLDER_LOCK}`, `pictures/${FOLDER_LOCK}`]) {
      await readFile(join(server.folder, path));
    }
  },
);

concurrentIt('If its port is taken, a server names the port, without a stack trace', async ({ expect }) => {
  const server = await portraitForTest();
  const PORT = new URL(server.url).port;
  const failure = await startPortrait({ env: { PORT } }).catch((error: Error) => error.message);
  expect(failure).toContain(`address already in use 127.0.0.1:${PORT}`);
  expect(failure).not.toContain('at ');
});
