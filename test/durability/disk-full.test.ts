import { cp, readdir, rm, statfs } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FOLDER_LOCK } from '../../src/database/sqlite/claim-folder.ts';
import { runCommand } from '../support/commands.ts';
import { upload, uploaded, viewer } from '../support/graphql.ts';
import { expectNothingLost } from '../support/inspect-storage.ts';
import { mountsForTest } from '../support/mounts.ts';
import { paddedPicture, pictureFile } from '../support/pictures.ts';
import { type Portrait, portraitForTest } from '../support/portrait.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** Free space in bytes, and as a number of files and folders. Default: plenty. */
interface Room {
  readonly bytes?: number;
  readonly files?: number;
}

type Part = 'uploads' | 'pictures' | 'data';

/** A server's folder in which subfolders are small disks. */
interface SmallDisk {
  /** Starts a server in the folder. Can be called again after that server has ended. */
  start(): Promise<Portrait>;
  /** Runs a server that cannot start, and waits until it exits. */
  failToStart(): ReturnType<typeof runCommand>;
  /** Resizes a disk so that only this much room is left. @param part Default: the first disk. */
  leave(room: Room, part?: Part): Promise<void>;
  /** Path of the server's folder, as seen from outside of its mount namespace. SQLite cannot open files there. */
  readonly folder: string;
  /** Copies the folder to a normal disk. @returns the path of the copy. */
  copy(): Promise<string>;
  /** Runs the command `reconcile` in the folder. */
  reconcile(): ReturnType<typeof runCommand>;
  /** Moves the rows from the database's log to its file and empties the log, so that each further write needs room. */
  emptyLog(): Promise<void>;
}

const PLENTY: Room = {};
const PLENTY_BYTES = 64 * 1024 * 1024;
const PLENTY_FILES = 1_000;
const PAGE = 4096;
const EMPTY_LOG = 'require(process.argv[1])(process.argv[2]).pragma("wal_checkpoint(TRUNCATE)")';
const SQLITE = createRequire(import.meta.url).resolve('better-sqlite3');

async function smallDisk(first: Part, ...others: Part[]): Promise<SmallDisk> {
  const folder = await temporaryFolder();
  const mounts = await mountsForTest();
  for (const part of [first, ...others]) {
    await mounts.run('mkdir "$1" && mount -t tmpfs tmpfs "$1"', join(folder, part));
  }
  return {
    start: () => portraitForTest({ folder, runner: mounts.runner, env: { LOG_LEVEL: 'warn' } }),
    failToStart: () => runCommand(folder, [], { runner: mounts.runner }),
    folder: mounts.inside(folder),
    async copy() {
      const copy = join(await temporaryFolder(), 'copy');
      await cp(mounts.inside(folder), copy, { recursive: true });
      return copy;
    },
    reconcile: () => runCommand(folder, ['reconcile'], { runner: mounts.runner }),
    emptyLog: () =>
      mounts.run('"$@"', process.execPath, '-e', EMPTY_LOG, SQLITE, join(folder, 'data/portrait.db')),
    async leave(room, part = first) {
      const disk = join(folder, part);
      const { bsize, blocks, bfree, files, ffree } = await statfs(mounts.inside(disk));
      const size = (blocks - bfree) * bsize + (room.bytes ?? PLENTY_BYTES);
      const inodes = files - ffree + (room.files ?? PLENTY_FILES);
      // Without the source `tmpfs`, `mount` would also pass the current options, which only root may set.
      await mounts.run('mount -o remount,"$2" tmpfs "$1"', disk, `size=${size},nr_inodes=${inodes}`);
    },
  };
}

/** A disk that gets more free space with each upload. */
interface FullDisk {
  readonly part: Part;
  readonly file: File;
  /** Returns the free space for an upload. @param step number of uploads before it. */
  roomAt(step: number): Room;
}

/** Uploads with more free space each time, until an upload succeeds. @returns the number of rejected uploads. */
async function uploadWithMoreRoom(
  disk: SmallDisk,
  server: Portrait,
  { part, file, roomAt }: FullDisk,
): Promise<number> {
  const present = await viewer(server);
  for (let step = 0; ; step += 1) {
    await disk.leave(roomAt(step), part);
    const logged = server.log().length;
    const { status, headers, errors } = await upload(server, file);
    expect(await readdir(join(disk.folder, 'uploads'))).toEqual([FOLDER_LOCK]);
    expect(await readdir(join(disk.folder, 'pictures/.staging'))).toEqual([]);
    if (status === 200) {
      await disk.leave(PLENTY, part);
      return step;
    }
    expect([status, errors?.[0]?.extensions]).toEqual([507, { code: 'STORAGE_FULL' }]);
    expect(errors?.[0]?.message).toContain('The server has no space left');
    // The log arrives through a different pipe than the response.
    await expect.poll(() => server.log().slice(logged)).toContain(headers.get('X-Request-Id'));
    expect(server.log().slice(logged)).toMatch(/ENOSPC|disk is full/);
    expect(await viewer(server)).toEqual(present);
    expect((await fetch(present.profilePicture?.url as string)).status).toBe(200);
  }
}

describe('An upload that finds the disk full', () => {
  it('is rejected at every step, the current picture stays, and the log states the cause', async () => {
    const disk = await smallDisk('uploads', 'pictures', 'data');
    const server = await disk.start();
    const acknowledged = [(await uploaded(server, await pictureFile('cmyk.jpg'))).profilePicture.id];
    const photo = await pictureFile('photo.webp');
    for (const { minRejected, ...fullDisk } of [
      {
        // While the file is received.
        part: 'uploads',
        file: await paddedPicture(3_000_000),
        roomAt: (step: number) => ({ bytes: PAGE + step * 1_000_000 }),
        minRejected: 3,
      },
      {
        // While the picture is rendered.
        part: 'pictures',
        file: photo,
        roomAt: (step: number) => ({ bytes: step * 5 * PAGE }),
        minRejected: 5,
      },
      {
        // While folders and files are created, at each of them.
        part: 'pictures',
        file: photo,
        roomAt: (step: number) => ({ files: step }),
        minRejected: 9,
      },
      {
        // While the upload is committed, at each page of the database.
        part: 'data',
        file: photo,
        roomAt: (step: number) => ({ bytes: step * PAGE }),
        minRejected: 5,
      },
    ] as const) {
      expect(await uploadWithMoreRoom(disk, server, fullDisk)).toBeGreaterThanOrEqual(minRejected);
      acknowledged.push((await viewer(server)).profilePicture?.id as string);
    }
    expect(await server.end('SIGKILL')).toBe('SIGKILL');
    await (await disk.start()).end('SIGTERM');
    await expectNothingLost(await disk.copy(), acknowledged);
  });
});

describe('On a full disk', () => {
  it('the server starts and shows its pictures, even if it cannot abandon unfinished uploads', async () => {
    const disk = await smallDisk('data');
    const server = await disk.start();
    const present = await uploaded(server, await pictureFile('cmyk.jpg'));
    const file = await pictureFile('photo.webp');
    for (let pages = 0; !server.log().includes('Could not clean up after a failed upload'); pages += 1) {
      // At some step there is room to accept an upload, but not to settle it or delete its row.
      await disk.leave({ bytes: pages * PAGE });
      const { status, headers } = await upload(server, file);
      expect(status).toBe(507);
      // The server logs this line last for a request.
      await expect.poll(() => server.log()).toContain(headers.get('X-Request-Id'));
    }
    await server.end('SIGKILL');
    await disk.leave(PLENTY);
    await disk.emptyLog();
    await disk.leave({ bytes: 0 });

    const full = await disk.start();
    await expect.poll(() => full.log()).toContain('Could not abandon unfinished uploads');
    expect((await viewer(full)).profilePicture?.id).toBe(present.profilePicture.id);
    expect((await upload(full, file)).status).toBe(507);
    await disk.leave(PLENTY);
    await uploaded(full, file);
    await full.end('SIGTERM');
    const again = await disk.start();
    const { profilePicture } = await viewer(again);
    await again.end('SIGTERM');
    await expectNothingLost(await disk.copy(), [present.profilePicture.id, profilePicture?.id as string]);
  });

  it('a server without its reserve file reports that the disk is full, and starts when there is space again', async () => {
    const disk = await smallDisk('data');
    const server = await disk.start();
    const { profilePicture } = await uploaded(server, await pictureFile('cmyk.jpg'));
    await server.end('SIGTERM');
    await rm(join(disk.folder, 'data/portrait.db.reserve'));
    await disk.leave({ bytes: 0 });
    const { code, stderr } = await disk.failToStart();
    expect(code).toBe(1);
    expect(stderr).toMatch(/cannot be used: .+; the disk is full \(0 bytes free\)\.\n$/);
    await disk.leave(PLENTY);
    expect((await viewer(await disk.start())).profilePicture?.id).toBe(profilePicture.id);
  });

  it.for(['SIGTERM', 'SIGKILL'] as const)(
    'the server starts repeatedly after %s without any free space, and reconcile works too',
    async (signal) => {
      const disk = await smallDisk('data');
      const server = await disk.start();
      const present = await uploaded(server, await pictureFile('cmyk.jpg'));
      await server.end(signal);
      for (const _start of ['first', 'second']) {
        await disk.leave({ bytes: 0 });
        const full = await disk.start();
        expect(await viewer(full)).toMatchObject({ profilePicture: { id: present.profilePicture.id } });
        expect((await upload(full, await pictureFile('photo.webp'))).status).toBe(507);
        await full.end(signal);
      }
      await disk.leave({ bytes: 0 });
      expect(await disk.reconcile()).toMatchObject({ code: 0, stderr: '' });
      await (await disk.start()).end('SIGTERM');
      await disk.leave(PLENTY);
      const roomy = await disk.start();
      await uploaded(roomy, await pictureFile('photo.webp'));
      await roomy.end('SIGTERM');
      await expectNothingLost(await disk.copy(), [present.profilePicture.id]);
    },
  );
});
