import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { atTestEnd, concurrentIt, concurrently, expectInTest } from '../support/current-test.ts';
import { UPLOAD, upload, uploaded, viewer } from '../support/graphql.ts';
import { expectNothingLost } from '../support/inspect-storage.ts';
import { pictureFile, picturePath } from '../support/pictures.ts';
import { environmentFor, type Portrait, portraitForTest } from '../support/portrait.ts';
import { childrenOf } from '../support/processes.ts';
import { AUTH_SECRET, signedIn } from '../support/signed-in.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { BODY_END, fileHead, openWire, preludeFor, requestHead, type Wire } from '../support/wire.ts';

const MAIN = join(import.meta.dirname, '../../src/boot.mjs');

describe.each(['SIGTERM', 'SIGINT'] as const)('%s', (signal) => {
  it('ends a server that still waits for its database, with exit code 0', async () => {
    const folder = await temporaryFolder();
    const env = { ...environmentFor(folder), DATABASE_URL: 'postgres://127.0.0.1:1/portrait' };
    const server = spawn(process.execPath, [MAIN], { cwd: folder, env, stdio: ['ignore', 'ignore', 'pipe'] });
    onTestFinished(() => void server.kill('SIGKILL'));
    const ended = once(server, 'exit');
    let log = '';
    server.stderr.setEncoding('utf8').on('data', (text: string) => {
      log += text;
    });
    await expect.poll(() => log).toContain('The database is not available yet; retrying');
    server.kill(signal);
    expect(await ended).toEqual([0, null]);
  });

  it('lets an upload in progress finish, refuses new connections, and ends the server with exit code 0', async () => {
    const server = await portraitForTest();
    const picture = await readFile(picturePath('photo.webp'));
    const head = preludeFor(UPLOAD) + fileHead('0', 'photo.webp');
    using running = await openWire(server.url);
    using idle = await openWire(server.url);
    const length = Buffer.byteLength(head) + picture.length + BODY_END.length;
    await running.send(requestHead({ 'Content-Length': length }) + head);
    await running.send(picture.subarray(0, 100_000));
    // The server is receiving the file, so the upload is in progress.
    await expect.poll(() => server.uploads()).toHaveLength(1);
    await idle.send('GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
    await idle.response();

    const ended = server.end(signal);
    await idle.closed();
    await expect.poll(() => tryToConnect(server.url)).toBe('ECONNREFUSED');
    await running.send(picture.subarray(100_000));
    await running.send(BODY_END);
    const response = await running.response();
    expect(response.status).toBe(200);
    expect(response.headers['connection']).toBe('close');
    const { profilePicture } = JSON.parse(response.body).data.uploadProfilePicture;
    expect(profilePicture).toMatchObject({ width: 1024, fileName: 'photo.webp' });
    expect(await ended).toBe(0);

    expect(server.logWithoutAudit()).toBe('');
    await expectNothingLost(server.folder, [profilePicture.id]);
  });

  it('ends an idle server at once, without waiting for connections without a complete request', async () => {
    const server = await portraitForTest();
    using unused = await openWire(server.url);
    using half = await openWire(server.url);
    await half.send('POST /graphql HTTP/1.1\r\nHost: 127.0.');
    expect(await server.end(signal)).toBe(0);
    await Promise.all([unused.closed(), half.closed()]);
    expect(server.logWithoutAudit()).toBe('');
  });
});

// From here to the tests under load, the tests mostly wait, so they run concurrently.
describe.concurrent('With DRAIN_SECONDS', () => {
  concurrentIt(
    'a server that receives SIGTERM is not ready, keeps serving, and closes each connection after its next response',
    async ({ expect }) => {
      const server = await portraitForTest({ env: { DRAIN_SECONDS: '600' } });
      using early = await openWire(server.url);
      await early.send('GET /ready HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
      expect((await early.response()).status).toBe(200);
      process.kill(server.pid, 'SIGTERM');
      await expect.poll(async () => (await fetch(`${server.url}/ready`)).status).toBe(503);
      const { profilePicture } = await uploaded(server, await pictureFile('cmyk.jpg'));
      expect((await fetch(profilePicture.url)).status).toBe(200);
      await early.send('GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
      const { status, headers } = await early.response();
      expect([status, headers['connection']]).toEqual([200, 'close']);
      await early.closed();
    },
  );

  concurrentIt(
    'connections from before the server stops accepting get responses, even if their requests arrive later',
    async ({ expect }) => {
      const server = await portraitForTest({ env: { DRAIN_SECONDS: '2' } });
      const early = await Promise.all(Array.from({ length: 5 }, () => openWire(server.url)));
      const ended = server.end('SIGTERM');
      await expect.poll(() => tryToConnect(server.url)).toBe('ECONNREFUSED');
      expect(await Promise.all(early.map(requestHealth))).toEqual(Array(5).fill([200, 'close']));
      expect(await ended).toBe(0);
    },
  );

  concurrentIt(
    'connections that arrive while the server is busy at the end of the drain are accepted and get responses',
    async ({ expect }) => {
      const server = await portraitForTest({ env: { DRAIN_SECONDS: '2' } });
      const ended = server.end('SIGTERM');
      await expect.poll(async () => (await fetch(`${server.url}/ready`)).status).toBe(503);
      process.kill(server.pid, 'SIGSTOP');
      // The kernel accepts connections for the stopped server. When the server continues, the drain is over.
      const waiting = await Promise.all(Array.from({ length: 20 }, () => openWire(server.url)));
      const responses = Promise.all(waiting.map(requestHealth));
      await sleep(2_000);
      process.kill(server.pid, 'SIGCONT');
      expect(await responses).toEqual(Array(20).fill([200, 'close']));
      expect(await ended).toBe(0);
    },
  );

  concurrentIt('a server ends with exit code 0 after the drain, and not before', async ({ expect }) => {
    const server = await portraitForTest({ env: { DRAIN_SECONDS: '1' } });
    const signaledAt = performance.now();
    expect(await server.end('SIGTERM')).toBe(0);
    expect(performance.now() - signaledAt).toBeGreaterThan(1_000);
  });
});

concurrentIt('Uploads that a shutdown aborts clean up before the database closes', async ({ expect }) => {
  const server = await portraitForTest({ env: { IMAGE_WORKERS: '1' } });
  const present = await uploaded(server, await pictureFile('cmyk.jpg'));
  // With its decoder suspended, the server has a backlog for the whole shutdown.
  for (const decoder of await childrenOf(server.pid)) {
    process.kill(decoder, 'SIGSTOP');
  }
  const file = await pictureFile('cmyk.jpg');
  const uploads = Array.from({ length: 5 }, () => upload(server, file).catch(() => 'cut off'));
  const staged = () => readdir(join(server.folder, 'pictures/.staging'));
  await expect.poll(staged).toHaveLength(uploads.length);
  expect(await server.end('SIGTERM')).toBe(0);
  expect(await Promise.all(uploads)).toEqual(uploads.map(() => 'cut off'));
  // The suspended decoder can reach its own time limit shortly before the shutdown ends.
  const logged = () =>
    server
      .logWithoutAudit()
      .match(/(?<="msg":")[^"]*/g)
      ?.filter((message) => message !== 'A decoder did not accept a picture and was replaced');
  await expect.poll(logged).toEqual(['Some requests did not finish in time; their connections were closed']);
  // Nothing is left for the next start.
  await expectNothingLost(server.folder, [present.profilePicture.id]);
  expect(await server.pictures()).toHaveLength(1);
});

it.concurrent.for(['SIGTERM', 'SIGINT'] as const)(
  'A second signal some time later, %s, ends the server without waiting',
  concurrently(async (signal, { expect }) => {
    const server = await portraitForTest();
    const present = await uploaded(server, await pictureFile('cmyk.jpg'));
    const { wire } = await beginUpload(server);
    using idle = await openWire(server.url);
    await idle.send('GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
    await idle.response();
    const ended = server.end('SIGTERM');
    await idle.closed();
    // A signal that follows at once may be the same signal, delivered twice.
    const signaling = setInterval(() => void server.end(signal), 100);
    expect(await ended).toBe(1);
    clearInterval(signaling);
    await wire.closed();

    const again = await portraitForTest({ folder: server.folder });
    expect((await viewer(again)).profilePicture?.id).toBe(present.profilePicture.id);
    await expectNothingLost(server.folder, [present.profilePicture.id]);
  }),
);

describe.concurrent.each(['sh', 'bash'])('With npm start in %s,', (shell) => {
  it.for([
    { what: 'Ctrl-C', signal: 'SIGINT', toGroup: true },
    { what: 'SIGTERM to the process group', signal: 'SIGTERM', toGroup: true },
    { what: 'SIGTERM to npm alone', signal: 'SIGTERM', toGroup: false },
  ] as const)(
    '$what lets an upload finish, and ends the server',
    concurrently(async ({ signal, toGroup }, { expect }) => {
      const { pid, url, ended } = await runNpmStart(shell);
      const { wire, finish } = await beginUpload({ url });
      process.kill(toGroup ? -pid : pid, signal);
      await expect.poll(() => tryToConnect(url)).toBe('ECONNREFUSED');
      await finish();
      expect((await wire.response()).status).toBe(200);
      await ended;
      expect(() => process.kill(-pid, 0)).toThrow('ESRCH');
    }),
  );
});

describe('SIGTERM under load', () => {
  it('lets uploads in progress finish, rejects new uploads on open connections, and ends the server with exit code 0', async () => {
    const server = await portraitForTest({ env: { AUTH_SECRET, IMAGE_WORKERS: '2' } });
    const acknowledged: string[] = [];
    let users = 0;
    // Each user uploads one picture, so no picture leaves a trash.
    const newUser = () => {
      users += 1;
      return signedIn(`user-${users}`);
    };
    const file = await pictureFile('cmyk.jpg');
    const statuses = new Set<number>();
    const keepUploading = async () => {
      // A refused or closed connection ends the loop.
      for (;;) {
        const { status, data } = await upload(server, file, {}, await newUser());
        statuses.add(status);
        const id = data?.uploadProfilePicture.profilePicture?.id;
        acknowledged.push(...(id === undefined ? [] : [id]));
      }
    };
    const load = [keepUploading(), keepUploading()].map((loop) => loop.catch(() => {}));
    const running = await Promise.all(
      Array.from({ length: 3 }, async () => beginUpload(server, await newUser())),
    );
    const unused = await Promise.all(Array.from({ length: 5 }, () => openWire(server.url)));
    await expect.poll(() => acknowledged.length).toBeGreaterThan(3);

    const ended = server.end('SIGTERM');
    await expect.poll(() => tryToConnect(server.url)).toBe('ECONNREFUSED');
    for (const wire of unused) {
      await wire.send(requestHead({ 'Content-Length': 1_000_000 }));
      const { status, headers, body } = await wire.response();
      expect([status, headers['retry-after'], headers['connection']]).toEqual([503, '2', 'close']);
      expect(JSON.parse(body).errors[0].extensions).toEqual({ code: 'SERVER_BUSY', retryAfter: 2 });
    }
    for (const { wire, finish } of running) {
      await finish();
      const { status, body } = await wire.response();
      expect(status).toBe(200);
      acknowledged.push(JSON.parse(body).data.uploadProfilePicture.profilePicture.id);
    }
    await Promise.all(load);
    expect(await ended).toBe(0);
    expect([...statuses].filter((status) => status !== 200 && status !== 503)).toEqual([]);
    expect(server.logWithoutAudit()).toBe('');

    const again = await portraitForTest({ folder: server.folder, env: { AUTH_SECRET } });
    expect(again.logWithoutAudit()).toBe('');
    await expectNothingLost(server.folder, acknowledged);
  });
});

/** Runs `npm start` in its own process group, as a terminal does. */
async function runNpmStart(shell: string): Promise<{ pid: number; url: string; ended: Promise<unknown> }> {
  const npm = spawn('npm', ['start', `--script-shell=${shell}`, '--no-update-notifier'], {
    cwd: join(import.meta.dirname, '../..'),
    env: environmentFor(await temporaryFolder()),
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  const pid = npm.pid as number;
  atTestEnd(() => {
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // All processes of the group have ended.
    }
  });
  // Resolves when all processes that share npm's output have ended, since npm can end before the server.
  const ended = once(npm, 'close');
  let output = '';
  npm.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const listening = /^Portrait is listening on (\S+)$/m;
  await expectInTest()
    .poll(() => output)
    .toMatch(listening);
  return { pid, url: listening.exec(output)?.[1] as string, ended };
}

/** Requests /health. @returns the status and the `Connection` header of the response. */
async function requestHealth(wire: Wire): Promise<[number, string | undefined]> {
  await wire.send('GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
  const { status, headers } = await wire.response();
  return [status, headers['connection']];
}

/** Sends the first part of an upload, and waits for the server's 100 Continue before the body. */
async function beginUpload(
  server: Pick<Portrait, 'url'>,
  headers: Record<string, string> = {},
): Promise<{ wire: Wire; finish: () => Promise<void> }> {
  const picture = await readFile(picturePath('photo.webp'));
  const head = preludeFor(UPLOAD) + fileHead('0', 'photo.webp');
  const length = Buffer.byteLength(head) + picture.length + BODY_END.length;
  const wire = await openWire(server.url);
  atTestEnd(() => wire[Symbol.dispose]());
  await wire.send(requestHead({ ...headers, 'Content-Length': length, Expect: '100-continue' }));
  expectInTest()((await wire.response()).status).toBe(100);
  await wire.send(head);
  await wire.send(picture.subarray(0, 100_000));
  return {
    wire,
    async finish() {
      await wire.send(picture.subarray(100_000));
      await wire.send(BODY_END);
    },
  };
}

/** Opens a connection. @returns `accepted`, or the code of the error. */
async function tryToConnect(url: string): Promise<string> {
  try {
    (await openWire(url))[Symbol.dispose]();
    return 'accepted';
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  }
}
