import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { atTestEnd, concurrentIt } from '../support/current-test.ts';
import { query, UPLOAD, upload, uploaded, viewer } from '../support/graphql.ts';
import { findBroken } from '../support/inspect-storage.ts';
import { pictureFile, picturePath } from '../support/pictures.ts';
import { environmentFor, type Portrait, portraitForTest } from '../support/portrait.ts';
import { newPostgres, runSql } from '../support/postgres.ts';
import { childrenOf } from '../support/processes.ts';
import { AUTH_SECRET, signedIn } from '../support/signed-in.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { BODY_END, fileHead, openWire, preludeFor, requestHead } from '../support/wire.ts';

const MAIN = join(import.meta.dirname, '../../src/boot.mjs');
const ROUNDS = 3;

/** Creates a Postgres database and a folder, which several servers can share. */
async function createShared(others: Readonly<Record<string, string>> = {}) {
  const folder = await temporaryFolder();
  const url = await newPostgres();
  const env = { DATABASE_URL: url, IMAGE_WORKERS: '1', ...others };
  return {
    folder,
    url,
    start: () => portraitForTest({ folder, env }),
    async reconcile(): Promise<string> {
      const { stdout } = await promisify(execFile)(process.execPath, [MAIN, 'reconcile'], {
        env: { ...environmentFor(folder), ...env },
      });
      return stdout;
    },
  };
}

async function statesOf(url: string): Promise<string[]> {
  const rows = await runSql(url, 'SELECT state FROM portrait.pictures ORDER BY sequence');
  return rows.map(({ state }) => String(state));
}

/**
 * Uploads repeatedly until the server is gone. Each picture belongs to a new user, so no picture leaves a trash.
 * @param onUpload receives the URL of each acknowledged picture.
 */
async function uploadUntilGone(
  server: Portrait,
  name: string,
  onUpload: (url: string) => void,
): Promise<void> {
  const file = await pictureFile(name);
  for (;;) {
    const response = await upload(server, file, {}, await signedIn(randomUUID())).catch(() => undefined);
    if (response === undefined) {
      return;
    }
    const picture = response.data?.uploadProfilePicture.profilePicture;
    // A busy server can reject an upload.
    if (picture != null) {
      onUpload(picture.url);
    }
  }
}

function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    process.kill(pid, name);
  }
}

describe('Two servers on one Postgres and one folder', () => {
  it('show each other’s pictures, do not touch each other’s uploads when they start, and let the later upload win', async () => {
    const { start, url } = await createShared();
    const first = await start();
    const picture = await readFile(picturePath('photo.webp'));
    const head = preludeFor(UPLOAD) + fileHead('0', 'last.webp');
    using wire = await openWire(first.url);
    const length = Buffer.byteLength(head) + picture.length + BODY_END.length;
    await wire.send(requestHead({ 'Content-Length': length }) + head);
    await wire.send(picture.subarray(0, 100_000));
    await expect.poll(() => first.uploads()).toHaveLength(1);

    const second = await start();
    const { profilePicture } = await uploaded(first, await pictureFile('cmyk.jpg'));
    const seen = await viewer(second);
    expect(seen.profilePicture?.id).toBe(profilePicture.id);
    expect((await fetch(seen.profilePicture?.url as string)).status).toBe(200);

    // The upload that was accepted later wins, whichever finishes first.
    const decoders = await childrenOf(first.pid);
    signal(decoders, 'SIGSTOP');
    const slow = uploaded(first, await pictureFile('orientation-6.jpg'));
    await expect.poll(() => statesOf(url)).toEqual(['live', 'pending']);
    // While it is suspended too, the first server cannot replace its decoders for being late.
    signal([first.pid], 'SIGSTOP');
    const quick = await uploaded(second, await pictureFile('photo.webp'));
    expect(await statesOf(url)).toEqual(['trash', 'pending', 'live']);
    await start();
    expect(await statesOf(url)).toEqual(['trash', 'pending', 'live']);
    signal([...decoders, first.pid], 'SIGCONT');
    expect((await slow).profilePicture.id).toBe(quick.profilePicture.id);
    expect(await statesOf(url)).toEqual(['trash', 'trash', 'live']);
    expect((await viewer(first)).profilePicture?.fileName).toBe('photo.webp');

    await wire.send(picture.subarray(100_000));
    await wire.send(BODY_END);
    expect((await wire.response()).status).toBe(200);
    expect((await viewer(second)).profilePicture?.fileName).toBe('last.webp');
  });

  it(`lose no acknowledged picture when one server is killed, in ${ROUNDS} rounds, and the next start clears leftovers`, async () => {
    const { start, folder, url, reconcile } = await createShared({ AUTH_SECRET });
    const lasting = await start();
    const acknowledged: string[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const server = await start();
      const before = acknowledged.length;
      const killed = Promise.withResolvers<unknown>();
      const uploaders = ['photo.webp', 'cmyk.jpg', 'transparent.png'].map((name) =>
        uploadUntilGone(server, name, (picture) => {
          acknowledged.push(new URL(picture).pathname);
          // Each round kills the server one response later, and so at another moment of the uploads.
          if (acknowledged.length === before + 1 + round) {
            killed.resolve(server.end('SIGKILL'));
          }
        }),
      );
      const file = await pictureFile('orientation-6.jpg');
      expect((await upload(lasting, file, {}, await signedIn(randomUUID()))).status).toBe(200);
      await killed.promise;
      await Promise.all(uploaders);
      const next = await start();
      expect(await readdir(join(folder, 'pictures/.staging'))).toEqual([]);
      expect(await next.uploads()).toEqual([]);
      expect(await statesOf(url)).not.toContain('pending');
      expect(await next.end('SIGTERM')).toBe(0);
    }
    for (const path of acknowledged) {
      expect((await fetch(lasting.url + path)).status, path).toBe(200);
    }
    expect(await findBroken(folder)).toEqual([]);
    expect(await reconcile()).toMatch(/\n0 unknown to the database \(0 deleted\), 0 with missing files\.\n$/);
    expect(lasting.log()).not.toContain('"level":50');
  });
});

// The tests from here on run concurrently, because the first one mostly waits.
describe.concurrent('A server with a single connection to Postgres', () => {
  concurrentIt(
    'serves concurrent uploads, rejects requests that wait too long for the connection, and recovers',
    async ({ expect }) => {
      const url = await newPostgres();
      const server = await portraitForTest({ env: { DATABASE_URL: url, DATABASE_POOL_SIZE: '1' } });
      const file = await pictureFile('cmyk.jpg');
      const uploads = await Promise.all(Array.from({ length: 8 }, () => upload(server, file)));
      expect(uploads.map(({ status }) => status)).toEqual(Array(8).fill(200));

      const other = new pg.Client(url);
      await other.connect();
      atTestEnd(() => other.end());
      await other.query('BEGIN; LOCK TABLE portrait.users IN ACCESS EXCLUSIVE MODE');
      const rejected = await Promise.all(
        Array.from({ length: 3 }, () => query(server, '{ viewer { profilePicture { id } } }')),
      );
      expect(rejected.map(({ errors }) => errors?.[0]?.extensions.code)).toEqual(
        Array(3).fill('SERVER_BUSY'),
      );
      await other.query('COMMIT');
      expect(await viewer(server)).toMatchObject({ profilePicture: { fileName: 'cmyk.jpg' } });
    },
  );
});

describe.concurrent('A server', () => {
  const hooks = join(import.meta.dirname, '../support/log-imports.ts');
  const env = { NODE_OPTIONS: `--import ${hooks}` };

  const loaded = (server: Portrait, part: RegExp) =>
    server
      .log()
      .match(/^loaded .*/gm)
      ?.filter((line) => part.test(line)) ?? [];
  // Drizzle's core loads its Postgres columns with every dialect.
  const postgres = /\/src\/database\/postgres\/|\/node_modules\/pg|node-postgres/;
  const sqlite = /\/src\/database\/sqlite\/|\/node_modules\/better-sqlite3|drizzle-orm\/better-sqlite3/;

  concurrentIt('loads no Postgres module with SQLite', async ({ expect }) => {
    const server = await portraitForTest({ env });
    await uploaded(server, await pictureFile('cmyk.jpg'));
    expect(loaded(server, sqlite).length).toBeGreaterThan(5);
    expect(loaded(server, postgres)).toEqual([]);
  });

  concurrentIt('loads no SQLite module with Postgres', async ({ expect }) => {
    const server = await portraitForTest({ env: { ...env, DATABASE_URL: await newPostgres() } });
    await uploaded(server, await pictureFile('cmyk.jpg'));
    expect(loaded(server, postgres).length).toBeGreaterThan(5);
    expect(loaded(server, sqlite)).toEqual([]);
  });
});
