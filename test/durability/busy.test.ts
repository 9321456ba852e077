import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { atTestEnd, concurrentIt } from '../support/current-test.ts';
import {
  multipartBody,
  query,
  type TestUser,
  USER_FIELDS,
  upload,
  uploaded,
  viewer,
} from '../support/graphql.ts';
import { pictureFile } from '../support/pictures.ts';
import { portraitForTest } from '../support/portrait.ts';
import { childrenOf } from '../support/processes.ts';
import { AUTH_SECRET, signedIn } from '../support/signed-in.ts';

describe('A busy server', () => {
  concurrentIt(
    'responds to uploads with 503 while another process locks the database, and still serves reads',
    async ({ expect }) => {
      const server = await portraitForTest();
      const present = await uploaded(server, await pictureFile('cmyk.jpg'));
      const other = new Sqlite(join(server.folder, 'data/portrait.db'));
      atTestEnd(() => {
        other.close();
      });
      other.exec('BEGIN IMMEDIATE');
      const { status, headers, errors } = await upload(server, await pictureFile('photo.webp'));
      expect([status, headers.get('Retry-After')]).toEqual([503, '2']);
      expect(errors?.[0]?.extensions).toEqual({ code: 'SERVER_BUSY', retryAfter: 2 });
      await expect.poll(() => server.log()).toContain(headers.get('X-Request-Id'));
      await expect.poll(() => server.log()).toContain('database is locked');
      expect(await viewer(server)).toEqual(present);
      other.exec('COMMIT');
      await uploaded(server, await pictureFile('photo.webp'));
      expect(await server.uploads()).toEqual([]);
      expect(await server.pictures()).toHaveLength(2);
    },
  );

  concurrentIt('rejects uploads beyond its capacity, and finishes the rest', async ({ expect }) => {
    const server = await portraitForTest({ env: { AUTH_SECRET, IMAGE_WORKERS: '1' } });
    const file = await pictureFile('photo.webp');
    const users = await Promise.all(Array.from({ length: 50 }, (_, number) => signedIn(`user-${number}`)));
    const responses = await Promise.all(users.map((headers) => upload(server, file, {}, headers)));
    const codes = responses.map(({ status, errors }) => errors?.[0]?.extensions.code ?? status);
    const rejected = codes.filter((code) => code === 'SERVER_BUSY').length;
    const passed = codes.filter((code) => code === 200).length;
    expect(rejected).toBeGreaterThan(0);
    expect(rejected + passed).toBe(50);
    expect(passed).toBeGreaterThan(32);
    expect(await server.uploads()).toEqual([]);
    expect(await server.pictures()).toHaveLength(passed);
    // The rejected uploads committed nothing.
    const database = new Sqlite(join(server.folder, 'data/portrait.db'), { readonly: true });
    atTestEnd(() => {
      database.close();
    });
    expect(database.prepare('SELECT max(sequence) FROM pictures').pluck().get()).toBe(passed);
  });
});

describe('A user who uploads more pictures at once than the queue allows', () => {
  it('gets errors for the rest, and does not affect other users', async () => {
    const server = await portraitForTest({ env: { AUTH_SECRET, IMAGE_WORKERS: '1' } });
    const [flood, honest] = await Promise.all([signedIn('flood'), signedIn('honest')]);
    await uploaded(server, await pictureFile('photo.webp'), {}, honest);
    const [decoder] = await childrenOf(server.pid);
    process.kill(decoder as number, 'SIGSTOP');
    const file = await pictureFile('cmyk.jpg');
    const responses = Array.from({ length: 12 }, () => upload(server, file, {}, flood));
    await expect.poll(() => server.uploads()).toHaveLength(9);
    const other = upload(server, file, {}, honest);
    await expect.poll(() => server.uploads()).toHaveLength(10);
    process.kill(decoder as number, 'SIGCONT');
    expect((await other).status).toBe(200);
    const statuses = (await Promise.all(responses)).map(({ status }) => status);
    expect(statuses.sort()).toEqual([...Array(9).fill(200), ...Array(3).fill(503)]);
  });
});

describe('Two uploads of one user', () => {
  it('are decoded one after the other, and end with the later picture live and the earlier picture in the trash', async () => {
    const server = await portraitForTest({ env: { IMAGE_WORKERS: '2' } });
    const database = new Sqlite(join(server.folder, 'data/portrait.db'), { readonly: true });
    onTestFinished(() => {
      database.close();
    });
    const [decoder] = await childrenOf(server.pid);
    process.kill(decoder as number, 'SIGSTOP');
    const earlier = upload(server, await pictureFile('cmyk.jpg'));
    const states = database.prepare('SELECT state FROM pictures ORDER BY sequence').pluck();
    await expect.poll(() => states.all()).toEqual(['pending']);
    const later = uploaded(server, await pictureFile('photo.webp'));
    await expect.poll(() => states.all()).toEqual(['pending', 'pending']);
    // The server started no other decoder for the second upload.
    expect(await childrenOf(server.pid)).toEqual([decoder]);
    process.kill(decoder as number, 'SIGCONT');
    expect((await earlier).status).toBe(200);
    expect((await later).profilePicture.fileName).toBe('photo.webp');
    expect(await viewer(server)).toEqual(await later);
    expect(states.all()).toEqual(['trash', 'live']);
    const restored = await query<{ restoreProfilePicture: TestUser }>(
      server,
      `mutation { restoreProfilePicture { ${USER_FIELDS} } }`,
    );
    expect(restored.data?.restoreProfilePicture.profilePicture?.fileName).toBe('cmyk.jpg');
  });
});

describe('A fault of the server', () => {
  it('is hidden from clients and from the page, and stated in the log, under the same request ID', async () => {
    const server = await portraitForTest();
    await rm(join(server.folder, 'pictures'), { recursive: true });
    const { status, headers, errors } = await upload(server, await pictureFile('photo.webp'));
    const requestId = headers.get('X-Request-Id') as string;
    expect(status).toBe(500);
    expect(errors?.[0]?.extensions).toEqual({ code: 'INTERNAL_SERVER_ERROR', requestId });
    expect(errors?.[0]?.message).not.toContain('ENOENT');
    await expect.poll(() => server.log()).toContain(requestId);
    await expect.poll(() => server.log()).toContain('ENOENT');
    expect(await server.uploads()).toEqual([]);
    expect((await fetch(`${server.url}/ready`)).status).toBe(503);
    expect((await fetch(`${server.url}/health`)).status).toBe(200);

    const other = new Sqlite(join(server.folder, 'data/portrait.db'));
    other.exec('DROP TABLE pictures; DROP TABLE users');
    other.close();
    const page = await fetch(server.url);
    expect(page.status).toBe(500);
    expect(await page.text()).toBe('The server failed unexpectedly. Its log has the details.\n');
    await expect.poll(() => server.log()).toContain(page.headers.get('X-Request-Id'));
    await expect.poll(() => server.log()).toContain('no such table');
  });
});

describe('A client that disconnects', () => {
  it('while its picture waits for a decoder gets no picture, and causes no log line', async () => {
    const server = await portraitForTest({ env: { IMAGE_WORKERS: '1' } });
    const slow = await pictureFile('photo.avif');
    // With its decoder suspended, the server has time to detect that the client has disconnected.
    const [decoder] = await childrenOf(server.pid);
    process.kill(decoder as number, 'SIGSTOP');
    const before = Array.from({ length: 3 }, () => upload(server, slow));
    await expect.poll(() => server.uploads()).toHaveLength(3);
    const leaving = new AbortController();
    const left = fetch(`${server.url}/graphql`, {
      method: 'POST',
      body: multipartBody(await pictureFile('cmyk.jpg')),
      signal: leaving.signal,
    });
    await expect.poll(() => server.uploads()).toHaveLength(4);
    leaving.abort();
    await expect(left).rejects.toThrow('abort');
    await expect.poll(() => server.uploads()).toHaveLength(3);
    process.kill(decoder as number, 'SIGCONT');
    expect((await Promise.all(before)).map(({ status }) => status)).toEqual([200, 200, 200]);
    await expect.poll(() => server.uploads()).toEqual([]);
    expect((await viewer(server)).profilePicture?.fileName).toBe('photo.avif');
    expect(await server.pictures()).toHaveLength(3);
    expect(server.logWithoutAudit()).toBe('');
  });
});
