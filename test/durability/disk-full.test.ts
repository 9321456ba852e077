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

type Room = { readonly bytes: number } | { readonly files: number };

/** A server's folder, one part of which is a small disk of its own. */
interface SmallDisk {
  /** Starts a server there; again, if one has ended. */
  start(): Promise<Portrait>;
  /** Starts a server that cannot start. */
  failToStart(): ReturnType<typeof runCommand>;
  /** Leaves the disk so many bytes, or files and folders, beyond those that it holds now. */
  leave(room: Room): Promise<void>;
  /** The server's folder, as it is with that disk; SQLite finds no way there. */
  readonly folder: string;
  /** A copy of it. */
  copy(): Promise<string>;
  /** Compares the database with the pictures there. */
  reconcile(): ReturnType<typeof runCommand>;
  /** Brings what lies in the database's log into its file, so that every further write needs room. */
  emptyLog(): Promise<void>;
}

const PLENTY = { bytes: 64 * 1024 * 1024 };
const PAGE = 4096;
const EMPTY_LOG = 'require(process.argv[1])(process.argv[2]).pragma("wal_checkpoint(TRUNCATE)")';
const SQLITE = createRequire(import.meta.url).resolve('better-sqlite3');

async function smallDisk(part: 'uploads' | 'pictures' | 'data'): Promise<SmallDisk> {
  const folder = await temporaryFolder();
  const disk = join(folder, part);
  const mounts = await mountsForTest();
  await mounts.run('mkdir "$1" && mount -t tmpfs tmpfs "$1"', disk);
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
    async leave(room) {
      const { bsize, blocks, bfree, files, ffree } = await statfs(mounts.inside(disk));
      const limit =
        'bytes' in room
          ? `size=${(blocks - bfree) * bsize + room.bytes}`
          : `nr_inodes=${files - ffree + room.files}`;
      // Named with its source, or `mount` would send its present options along, which only root may set.
      await mounts.run('mount -o remount,"$2" tmpfs "$1"', disk, limit);
    },
  };
}

/** Uploads with more room each time until that passes. @returns how often there was too little. */
async function uploadWithMore(
  disk: SmallDisk,
  server: Portrait,
  file: File,
  roomAt: (step: number) => Room,
): Promise<number> {
  const present = await viewer(server);
  for (let step = 0; ; step += 1) {
    await disk.leave(roomAt(step));
    const logged = server.log().length;
    const { status, headers, errors } = await upload(server, file);
    expect(await readdir(join(disk.folder, 'uploads'))).toEqual([FOLDER_LOCK]);
    expect(await readdir(join(disk.folder, 'pictures/.staging'))).toEqual([]);
    if (status === 200) {
      return step;
    }
    expect([status, errors?.[0]?.extensions]).toEqual([507, { code: 'STORAGE_FULL' }]);
    expect(errors?.[0]?.message).toContain('The server has no space left');
    // The log comes by another pipe than the response.
    await expect.poll(() => server.log().slice(logged)).toContain(headers.get('X-Request-Id'));
    expect(server.log().slice(logged)).toMatch(/ENOSPC|disk is full/);
    expect(await viewer(server)).toEqual(present);
    expect((await fetch(present.profilePicture?.url as string)).status).toBe(200);
  }
}

describe('When the disk is full, an upload is refused, the present picture stays, and the log says why', () => {
  it.for([
    {
      what: 'while its file is received',
      part: 'uploads',
      file: () => paddedPicture(3_000_000),
      roomAt: (step: number) => ({ bytes: PAGE + step * 1_000_000 }),
      refused: 3,
    },
    {
      what: 'while it is rendered',
      part: 'pictures',
      file: () => pictureFile('photo.webp'),
      roomAt: (step: number) => ({ bytes: step * 5 * PAGE }),
      refused: 5,
    },
    {
      what: 'while its folders and files are made, at each of them',
      part: 'pictures',
      file: () => pictureFile('photo.webp'),
      roomAt: (step: number) => ({ files: step }),
      refused: 9,
    },
    {
      what: 'while it is committed, at each page of the database',
      part: 'data',
      file: () => pictureFile('photo.webp'),
      roomAt: (step: number) => ({ bytes: step * PAGE }),
      refused: 5,
    },
  ] as const)('$what', async ({ part, file, roomAt, refused }) => {
    const disk = await smallDisk(part);
    const server = await disk.start();
    const { profilePicture } = await uploaded(server, await pictureFile('cmyk.jpg'));
    expect(await uploadWithMore(disk, server, await file(), roomAt)).toBeGreaterThanOrEqual(refused);
    const after = (await viewer(server)).profilePicture?.id as string;
    await disk.leave(PLENTY);
    expect(await server.end('SIGKILL')).toBe('SIGKILL');
    await (await disk.start()).end('SIGTERM');
    await expectNothingLost(await disk.copy(), [profilePicture.id, after]);
  });
});

describe('On a full disk', () => {
  it('the server starts and shows what it has, also if it cannot forget what was left half-made', async () => {
    const disk = await smallDisk('data');
    const server = await disk.start();
    const present = await uploaded(server, await pictureFile('cmyk.jpg'));
    const file = await pictureFile('photo.webp');
    for (let pages = 0; !server.log().includes('Could not clean up after a failed upload'); pages += 1) {
      // Sooner or later there is room to accept an upload, and none to settle it or to forget it.
      await disk.leave({ bytes: pages * PAGE });
      const { status, headers } = await upload(server, file);
      expect(status).toBe(507);
      // This line is the last of the request.
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

  it('a server whose reserve is gone says that the disk is full, and starts when there is room', async () => {
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
    'the server starts again and again after %s, without any room, and the commands work too',
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
