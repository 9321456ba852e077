import { execFile } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import Sqlite from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { DatabaseUnusableError } from '../../src/database/errors.ts';
import { UploadsUnusableError } from '../../src/pictures/errors.ts';
import { StorageUnusableError } from '../../src/storage/errors.ts';
import { StorageMismatchError } from '../../src/upkeep/errors.ts';
import { runCommand } from '../support/commands.ts';
import { failedStart } from '../support/failed-start.ts';
import { query, upload, uploaded, viewer } from '../support/graphql.ts';
import { expectNothingLost } from '../support/inspect-storage.ts';
import { type Mounts, mountsForTest, READ_ONLY } from '../support/mounts.ts';
import { pictureFile } from '../support/pictures.ts';
import { type Portrait, portraitForTest } from '../support/portrait.ts';
import { AUTH_SECRET, signedIn } from '../support/signed-in.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const run = promisify(execFile);
/** Milliseconds for a test that starts fourteen servers. */
const START_TIMEOUT = 180_000;

/** The status and the `Cache-Control` header of a picture. */
type Served = readonly [status: number, cacheControl: string];
const SERVED: Served = [200, 'public, max-age=31536000, immutable'];
const MISSING: Served = [404, 'no-store'];

/** A fault of a file or folder, and its repair. */
interface Fault {
  begin(path: string, mounts: Mounts): Promise<void>;
  end(path: string, mounts: Mounts): Promise<void>;
}

const readOnly: Fault = {
  begin: (path, mounts) => mounts.run(READ_ONLY.begin, path),
  end: (path, mounts) => mounts.run(READ_ONLY.end, path),
};
function replacedBy(make: (path: string) => Promise<unknown>): Fault {
  return {
    async begin(path) {
      await rename(path, `${path}.away`);
      await make(path);
    },
    async end(path) {
      await rm(path, { recursive: true, force: true });
      await rename(`${path}.away`, path);
    },
  };
}
const gone = replacedBy(async () => {});
/** Simulates a volume that is not mounted. */
const empty = replacedBy((path) => mkdir(path));
const aFile = replacedBy((path) => writeFile(path, 'something else altogether'));

/** Returns a valid log that is longer than the log of a server that has just started. */
async function logOfOtherDatabase(): Promise<Buffer> {
  const path = join(await temporaryFolder(), 'other.db');
  const other = new Sqlite(path);
  other.pragma('journal_mode = WAL');
  other.exec('CREATE TABLE other (bytes BLOB); INSERT INTO other VALUES (randomblob(1000000))');
  const log = await readFile(`${path}-wal`);
  other.close();
  return log;
}

async function readiness(server: Portrait): Promise<[number, string]> {
  const response = await fetch(`${server.url}/ready`);
  return [response.status, await response.text()];
}

/**
 * Uploads, and checks that the server rejects the upload and that only the log states the cause.
 * @returns the status, the error code and the `Retry-After` header of the response.
 */
async function expectRejection(server: Portrait, cause: string, as: Record<string, string> = {}) {
  const { status, headers, errors } = await upload(server, await pictureFile('photo.webp'), {}, as);
  const requestId = headers.get('X-Request-Id') as string;
  // The log arrives through a different pipe than the response.
  await expect.poll(() => server.log()).toContain(requestId);
  const lines = server.log().split('\n');
  expect(JSON.parse(lines.find((line) => line.includes(requestId)) ?? '{}')).toMatchObject({
    level: 50,
    err: { stack: expect.stringContaining(cause) },
  });
  expect(errors?.[0]?.message).not.toMatch(/\/|E[A-Z]{4,}|SQLITE/);
  return [status, errors?.[0]?.extensions.code, headers.get('Retry-After')];
}

describe('A running server', () => {
  it('rejects uploads, shows existing pictures and recovers by itself if a folder or the database is unusable', async () => {
    const folder = await temporaryFolder();
    const mounts = await mountsForTest();
    const env = { AUTH_SECRET, UPLOADS_PER_HOUR: '0' };
    const server = await portraitForTest({ folder, env, runner: mounts.runner });
    const acknowledged: string[] = [];
    const present: { user: Record<string, string>; id: string }[] = [];
    let changes = 0;
    for (const { part, faults, rejection } of [
      {
        part: 'the storage',
        faults: [
          { path: 'pictures', fault: readOnly, cause: 'EROFS' },
          { path: 'pictures', fault: gone, cause: 'ENOENT', served: MISSING },
          { path: 'pictures', fault: empty, cause: 'ENOENT', served: MISSING },
        ],
        rejection: [500, 'INTERNAL_SERVER_ERROR', null],
      },
      {
        part: 'the uploads folder',
        faults: [
          { path: 'uploads', fault: readOnly, cause: 'EROFS' },
          { path: 'uploads', fault: gone, cause: 'ENOENT' },
        ],
        rejection: [500, 'INTERNAL_SERVER_ERROR', null],
      },
      {
        part: 'the database',
        faults: [
          { path: 'data', fault: gone, cause: 'portrait.db is missing or was replaced' },
          { path: 'data', fault: empty, cause: 'portrait.db is missing or was replaced' },
          { path: 'data/portrait.db', fault: gone, cause: 'portrait.db is missing or was replaced' },
          { path: 'data/portrait.db', fault: aFile, cause: 'portrait.db is missing or was replaced' },
        ],
        rejection: [503, 'SERVER_BUSY', '2'],
      },
    ]) {
      // A trash keeps at most four pictures, so each part has a user of its own.
      const user = await signedIn(part);
      let live = await uploaded(server, await pictureFile('cmyk.jpg'), {}, user);
      acknowledged.push(live.profilePicture.id);
      for (const { path, fault, cause, served = SERVED } of faults) {
        await fault.begin(join(folder, path), mounts);
        expect(await expectRejection(server, cause, user)).toEqual(rejection);
        expect(await viewer(server, user)).toEqual(live);
        const picture = await fetch(live.profilePicture.url);
        expect([picture.status, picture.headers.get('Cache-Control')]).toEqual(served);
        expect(await readiness(server)).toEqual([503, `not ready: ${part} is unavailable\n`]);
        expect(await readiness(server)).toEqual([503, `not ready: ${part} is unavailable\n`]);
        expect((await fetch(`${server.url}/health`)).status).toBe(200);

        await fault.end(join(folder, path), mounts);
        expect(await readiness(server)).toEqual([200, 'ready\n']);
        expect((await fetch(live.profilePicture.url)).status).toBe(200);
        live = await uploaded(server, await pictureFile('photo.webp'), {}, user);
        acknowledged.push(live.profilePicture.id);
        changes += 1;
      }
      // The server logs each change once, however often clients request /ready.
      await expect.poll(() => server.log().match(/"Ready again/g)).toHaveLength(changes);
      expect(server.log().match(/"Not ready/g)).toHaveLength(changes);
      present.push({ user, id: live.profilePicture.id });
    }
    await server.end('SIGKILL');
    const again = await portraitForTest({ folder, env });
    for (const { user, id } of present) {
      expect((await viewer(again, user)).profilePicture?.id).toBe(id);
    }
    await expectNothingLost(folder, acknowledged);
  });

  it('recreates a deleted staging folder and accepts the next upload', async () => {
    const server = await portraitForTest();
    const first = await uploaded(server, await pictureFile('cmyk.jpg'));
    await rm(join(server.folder, 'pictures/.staging'), { recursive: true });
    const second = await uploaded(server, await pictureFile('photo.webp'));
    expect(await readiness(server)).toEqual([200, 'ready\n']);
    await rm(join(server.folder, 'pictures/.staging'), { recursive: true });
    expect(await readiness(server)).toEqual([200, 'ready\n']);
    expect(server.logWithoutAudit()).toBe('');
    await expectNothingLost(server.folder, [first.profilePicture.id, second.profilePicture.id]);
  });

  it.for([
    { what: 'is deleted', put: async (_log: string) => {} },
    { what: 'is replaced by another file', put: (log: string) => writeFile(log, '') },
  ])('rejects uploads, but keeps the rows in the database log, if the log $what', async ({ put }) => {
    const server = await portraitForTest();
    const present = await uploaded(server, await pictureFile('cmyk.jpg'));
    const log = join(server.folder, 'data/portrait.db-wal');
    await rm(log);
    await put(log);
    expect(await expectRejection(server, 'of the database is missing or was replaced')).toEqual([
      503,
      'SERVER_BUSY',
      '2',
    ]);
    expect(await readiness(server)).toEqual([503, 'not ready: the database is unavailable\n']);
    expect(await viewer(server)).toEqual(present);
    await server.end('SIGKILL');
    const again = await portraitForTest({ folder: server.folder });
    expect((await viewer(again)).profilePicture?.id).toBe(present.profilePicture.id);
    await uploaded(again, await pictureFile('photo.webp'));
    await expectNothingLost(server.folder, [present.profilePicture.id]);
  });

  it.for([
    {
      what: 'the log is emptied in place',
      file: 'portrait.db-wal',
      put: async (path: string) => truncate(path, 0),
    },
    {
      what: 'the log is cut within its last frame',
      file: 'portrait.db-wal',
      put: async (path: string) => truncate(path, (await stat(path)).size - 1),
    },
    {
      what: 'the log is overwritten with other bytes',
      file: 'portrait.db-wal',
      put: async (path: string) => writeFile(path, Buffer.alloc(2 * (await stat(path)).size, 'garbage')),
    },
    {
      what: 'the log is overwritten with the longer log of another database',
      file: 'portrait.db-wal',
      put: async (path: string) => writeFile(path, await logOfOtherDatabase()),
    },
    {
      what: 'the database file is emptied in place',
      file: 'portrait.db',
      put: async (path: string) => truncate(path, 0),
    },
  ])(
    'rejects uploads, and changes neither file of its database, even at shutdown, if $what',
    async ({ file, put }) => {
      const server = await portraitForTest();
      await uploaded(server, await pictureFile('cmyk.jpg'));
      const data = join(server.folder, 'data');
      await put(join(data, file));
      const contents = () =>
        Promise.all(['portrait.db', 'portrait.db-wal'].map((name) => readFile(join(data, name))));
      const before = await contents();
      expect(await expectRejection(server, `overwrote or shortened ${data}/${file}`)).toEqual([
        503,
        'SERVER_BUSY',
        '2',
      ]);
      expect(await readiness(server)).toEqual([503, 'not ready: the database is unavailable\n']);
      await expect.poll(() => server.log().match(/"Not ready/g)).toHaveLength(1);
      // SIGKILL would leave the files like this. SIGTERM lets the server close its database.
      expect(await contents()).toEqual(before);
      await server.end('SIGTERM');
      expect(await contents()).toEqual(before);
    },
  );

  it('does not change the database file if the log is overwritten just before the shutdown', async () => {
    const server = await portraitForTest();
    await uploaded(server, await pictureFile('cmyk.jpg'));
    const file = join(server.folder, 'data/portrait.db');
    const before = await readFile(file);
    await writeFile(`${file}-wal`, Buffer.alloc(2 * (await stat(`${file}-wal`)).size, 'garbage'));
    await server.end('SIGTERM');
    expect(await readFile(file)).toEqual(before);
  });

  it('accepts uploads while another program commits, checkpoints, vacuums and empties the log', async () => {
    const server = await portraitForTest();
    let present = await uploaded(server, await pictureFile('cmyk.jpg'));
    const other = new Sqlite(join(server.folder, 'data/portrait.db'));
    for (const statement of [
      'PRAGMA wal_checkpoint(TRUNCATE)',
      'PRAGMA wal_checkpoint(RESTART)',
      'CREATE TABLE other (bytes BLOB)',
      'INSERT INTO other VALUES (randomblob(1000000))',
      'PRAGMA wal_checkpoint(PASSIVE)',
      'DROP TABLE other',
      'VACUUM',
      'PRAGMA wal_checkpoint(TRUNCATE)',
    ]) {
      other.exec(statement);
      expect(await readiness(server)).toEqual([200, 'ready\n']);
      present = await uploaded(server, await pictureFile('photo.webp'));
    }
    other.close();
    expect(server.logWithoutAudit()).toBe('');
    await server.end('SIGTERM');
    expect(await readdir(join(server.folder, 'data'))).not.toContain('portrait.db-wal');
    const again = await portraitForTest({ folder: server.folder });
    expect((await viewer(again)).profilePicture?.id).toBe(present.profilePicture.id);
    await expectNothingLost(server.folder, [present.profilePicture.id]);
  });
});

describe('A database whose disk fails while the server runs', () => {
  it('rejects writes during the failure, and has lost nothing afterwards', async () => {
    // A write beyond the limit fails like a write to a broken disk, not like a write to a full disk.
    const ignoreSignal = '--import=data:text/javascript,process.on(`SIGXFSZ`,()=>{})';
    const server = await portraitForTest({ env: { NODE_OPTIONS: ignoreSignal } });
    const limit = (bytes: string) => run('prlimit', [`--pid=${server.pid}`, `--fsize=${bytes}:`]);
    const present = await uploaded(server, await pictureFile('cmyk.jpg'));
    await limit('0');
    const { status, errors } = await query(server, 'mutation { removeProfilePicture { id } }');
    expect([status, errors?.[0]?.extensions.code]).toEqual([503, 'SERVER_BUSY']);
    await expect.poll(() => server.log()).toContain('disk I/O error');
    expect(await viewer(server)).toEqual(present);
    await limit('unlimited');
    await uploaded(server, await pictureFile('photo.webp'));
    await server.end('SIGKILL');
    const again = await portraitForTest({ folder: server.folder });
    const { profilePicture } = await viewer(again);
    await expectNothingLost(server.folder, [present.profilePicture.id, profilePicture?.id as string]);
  });
});

/** Names of the errors that the other rows of the next test print in one line. */
const EXPECTED_ERRORS = new Set(
  [DatabaseUnusableError, StorageUnusableError, UploadsUnusableError, StorageMismatchError].map(
    ({ name }) => name,
  ),
);

describe('At startup', () => {
  it(
    'the server reports in one line which file or folder it cannot use, and starts after the repair',
    async () => {
      const folder = await temporaryFolder();
      const mounts = await mountsForTest();
      const server = await portraitForTest({ folder });
      const { profilePicture } = await uploaded(server, await pictureFile('cmyk.jpg'));
      await server.end('SIGTERM');

      const database = `The database at ${folder}/data/portrait.db cannot be used: `;
      const storage = `The storage ${folder}/pictures cannot be used: `;
      const uploads = `The uploads folder ${folder}/uploads cannot be used: `;
      const apart = 'DATABASE_URL and STORAGE_URL do not belong together: ';
      for (const { path, fault, error } of [
        { path: 'pictures', fault: readOnly, error: `${storage}EROFS: read-only file system` },
        { path: 'pictures', fault: aFile, error: `${storage}ENOTDIR: not a directory` },
        {
          path: 'pictures',
          fault: gone,
          error: `${apart}the database has pictures, but the storage has none`,
        },
        {
          path: 'pictures',
          fault: empty,
          error: `${apart}the database has pictures, but the storage has none`,
        },
        { path: 'uploads', fault: readOnly, error: `${uploads}EROFS: read-only file system` },
        { path: 'uploads', fault: aFile, error: `${uploads}EEXIST: file already exists` },
        { path: 'data', fault: readOnly, error: `${database}EROFS: read-only file system` },
        { path: 'data', fault: aFile, error: `${database}EEXIST: file already exists` },
        {
          path: 'data',
          fault: gone,
          error: `${apart}the storage has pictures, but the database has none`,
        },
        { path: 'data/portrait.db', fault: readOnly, error: `${database}EROFS: read-only file system` },
        { path: 'data/portrait.db', fault: aFile, error: `${database}file is not a database` },
        { path: 'data/portrait.db', fault: empty, error: `${database}unable to open database file` },
        { path: 'data/portrait.db.lock', fault: empty, error: `${database}unable to open database file` },
      ]) {
        await fault.begin(join(folder, path), mounts);
        // Only processes of the namespace see its mounts.
        if (fault === readOnly || fault === gone) {
          const { code, stdout, stderr } = await runCommand(folder, [], { runner: mounts.runner });
          expect([code, stdout, stderr.split('\n').length], stderr).toEqual([1, '', 2]);
          expect(stderr).toContain(`Portrait could not start: ${error}`);
        } else {
          const { name, message } = await failedStart(folder);
          expect([EXPECTED_ERRORS.has(name), message.split('\n').length], message).toEqual([true, 1]);
          expect(message).toContain(error);
        }
        await fault.end(join(folder, path), mounts);
      }
      const again = await portraitForTest({ folder, runner: mounts.runner });
      expect((await viewer(again)).profilePicture?.id).toBe(profilePicture.id);
      await expectNothingLost(folder, [profilePicture.id]);
    },
    START_TIMEOUT,
  );

  it('a folder that the server may not read, such as `lost+found` on a separate disk, does not prevent the start', async () => {
    const folder = await temporaryFolder();
    const foreign = join(folder, 'pictures/lost+found');
    await mkdir(foreign, { recursive: true });
    await chmod(foreign, 0);
    // In this namespace, root has no more rights than other users.
    const runner = ['unshare', '--user'];
    const server = await portraitForTest({ folder, runner });
    const { profilePicture } = await uploaded(server, await pictureFile('cmyk.jpg'));
    await server.end('SIGTERM');
    const again = await portraitForTest({ folder, runner });
    expect((await viewer(again)).profilePicture?.id).toBe(profilePicture.id);
    expect(await runCommand(folder, ['reconcile'], { runner })).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^1 pictures in the storage/),
    });
    await chmod(foreign, 0o700);
  });
});
