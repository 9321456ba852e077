import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type DatabaseProxy, proxyFor } from '../support/database-proxy.ts';
import { findFreePort } from '../support/free-port.ts';
import { query, upload, uploaded, viewer } from '../support/graphql.ts';
import { pictureFile } from '../support/pictures.ts';
import { type Portrait, portraitForTest, startPortrait } from '../support/portrait.ts';
import { newPostgres, runSql, urlOf, waitingForLocks } from '../support/postgres.ts';
import { concurrentIt } from '../support/present-test.ts';
import { POSTGRES_PASSWORD, TLS_CERTIFICATE } from '../support/postgres-server.ts';

const ACCEPT = /insert into "portrait"\."pictures"/;
const SETTLE = /update "portrait"\."pictures" set [^;]*"width" = /;

interface Proxied {
  readonly server: Portrait;
  readonly proxy: DatabaseProxy;
  /** Leads to the database itself. */
  readonly url: string;
}

async function startBehindProxy(): Promise<Proxied> {
  const url = await newPostgres();
  const proxy = await proxyFor(url);
  return { url, proxy, server: await portraitForTest({ env: { DATABASE_URL: proxy.url } }) };
}

async function statesOf(url: string): Promise<string[]> {
  const rows = await runSql(url, 'SELECT state FROM portrait.pictures ORDER BY sequence');
  return rows.map(({ state }) => String(state));
}

/** Begun at first, since it waits for the most part. */
let hopeless: Promise<Hopeless>;
beforeAll(() => {
  hopeless = startInVain();
});

function expectNoPassword(text: string): void {
  expect(text).not.toContain(POSTGRES_PASSWORD);
  expect(text).not.toContain(encodeURIComponent(POSTGRES_PASSWORD));
}

async function expectNothingUnfinished(server: Portrait): Promise<void> {
  expect(await server.uploads()).toEqual([]);
  expect(await readdir(join(server.folder, 'pictures/.staging'))).toEqual([]);
}

describe('The last commit of an upload', () => {
  it('that is lost on its way changes nothing, and the client may try again', async () => {
    const { server, proxy, url } = await startBehindProxy();
    const present = await uploaded(server, await pictureFile('cmyk.jpg'));
    proxy.cutCommit(SETTLE, 'lost');
    const { status, headers, errors } = await upload(server, await pictureFile('photo.webp'));
    expect([status, errors?.[0]?.extensions.code]).toEqual([503, 'SERVER_BUSY']);
    expect(headers.get('Retry-After')).toBe('2');
    expect(await viewer(server)).toEqual(present);
    expect(await statesOf(url)).toEqual(['live']);
    expect(await server.pictures()).toHaveLength(1);
    await expectNothingUnfinished(server);
    await uploaded(server, await pictureFile('photo.webp'));
  });

  it('whose answer is lost has taken effect, and the client is told so', async () => {
    const { server, proxy, url } = await startBehindProxy();
    await uploaded(server, await pictureFile('cmyk.jpg'));
    proxy.cutCommit(SETTLE, 'unanswered');
    const { profilePicture } = await uploaded(server, await pictureFile('photo.webp'));
    await proxy.cut();
    expect(profilePicture.fileName).toBe('photo.webp');
    expect((await fetch(profilePicture.url)).status).toBe(200);
    expect(await statesOf(url)).toEqual(['trash', 'live']);
    await expectNothingUnfinished(server);
  });

  it('that arrives after its client was cut off is waited for', async () => {
    const { server, proxy, url } = await startBehindProxy();
    await uploaded(server, await pictureFile('cmyk.jpg'));
    proxy.cutCommit(SETTLE, 'late');
    const answer = uploaded(server, await pictureFile('photo.webp'));
    await proxy.cut();
    await waitingForLocks(url, 1);
    proxy.deliver();
    const { profilePicture } = await answer;
    expect(profilePicture.fileName).toBe('photo.webp');
    expect((await fetch(profilePicture.url)).status).toBe(200);
    expect(await statesOf(url)).toEqual(['trash', 'live']);
  });

  concurrentIt('that never arrives is undone by Postgres, and its files go', async ({ expect }) => {
    const { server, proxy, url } = await startBehindProxy();
    const present = await uploaded(server, await pictureFile('cmyk.jpg'));
    proxy.cutCommit(SETTLE, 'late');
    const { status } = await upload(server, await pictureFile('photo.webp'));
    expect(status).toBe(503);
    expect(await viewer(server)).toEqual(present);
    expect(await statesOf(url)).toEqual(['live']);
    expect(await server.pictures()).toHaveLength(1);
  });

  concurrentIt(
    'whose outcome stays unknown keeps its files: it may have taken effect',
    async ({ expect }) => {
      const { server, proxy, url } = await startBehindProxy();
      await uploaded(server, await pictureFile('cmyk.jpg'));
      proxy.cutCommit(SETTLE, 'unanswered');
      const answer = upload(server, await pictureFile('photo.webp'));
      await proxy.cut();
      proxy.goAway();
      const { status, errors } = await answer;
      expect([status, errors?.[0]?.extensions.code]).toEqual([503, 'SERVER_BUSY']);
      await expect.poll(() => server.log()).toContain('Could not clean up after a failed upload');
      proxy.restore();
      const { profilePicture } = await viewer(server);
      expect(profilePicture?.fileName).toBe('photo.webp');
      expect((await fetch(profilePicture?.url as string)).status).toBe(200);
      expect(await statesOf(url)).toEqual(['trash', 'live']);
    },
  );

  concurrentIt(
    'whose outcome stays unknown is cleared by the next start if it did not take effect',
    async ({ expect }) => {
      const { server, proxy, url } = await startBehindProxy();
      const present = await uploaded(server, await pictureFile('cmyk.jpg'));
      proxy.cutCommit(SETTLE, 'lost');
      const answer = upload(server, await pictureFile('photo.webp'));
      await proxy.cut();
      proxy.goAway();
      expect((await answer).status).toBe(503);
      expect(await statesOf(url)).toEqual(['live', 'pending']);
      proxy.restore();
      expect(await server.end('SIGTERM')).toBe(0);
      const again = await portraitForTest({ folder: server.folder, env: { DATABASE_URL: url } });
      expect(await statesOf(url)).toEqual(['live']);
      expect(await again.pictures()).toHaveLength(1);
      expect((await viewer(again)).profilePicture?.id).toBe(present.profilePicture.id);
    },
  );
});

describe('The first commit of an upload', () => {
  it.each(['lost', 'unanswered'] as const)('that is %s leaves nothing of it', async (fate) => {
    const { server, proxy, url } = await startBehindProxy();
    const present = await uploaded(server, await pictureFile('cmyk.jpg'));
    proxy.cutCommit(ACCEPT, fate);
    const { status, errors } = await upload(server, await pictureFile('photo.webp'));
    expect([status, errors?.[0]?.extensions.code]).toEqual([503, 'SERVER_BUSY']);
    expect(await viewer(server)).toEqual(present);
    expect(await statesOf(url)).toEqual(['live']);
    expect(await server.pictures()).toHaveLength(1);
    await expectNothingUnfinished(server);
  });
});

describe('A write that would do something else if it were done twice', () => {
  it('is not tried again when its answer is lost', async () => {
    const { server, proxy } = await startBehindProxy();
    const first = await uploaded(server, await pictureFile('cmyk.jpg'));
    await uploaded(server, await pictureFile('photo.webp'));
    proxy.cutCommit(/"trashed_order" = /, 'unanswered');
    const { status, errors } = await query(server, 'mutation { restoreProfilePicture { id } }');
    expect([status, errors?.[0]?.extensions.code]).toEqual([503, 'SERVER_BUSY']);
    expect(await viewer(server)).toEqual(first);
  });
});

describe('A database that is away', () => {
  it('for a moment only is not noticed by anyone', async () => {
    const { server, proxy } = await startBehindProxy();
    const present = await uploaded(server, await pictureFile('cmyk.jpg'));
    proxy.goAway();
    const reading = viewer(server);
    const writing = uploaded(server, await pictureFile('photo.webp'));
    await expect.poll(() => proxy.turnedAway()).toBeGreaterThan(1);
    proxy.restore();
    expect((await reading).id).toBe(present.id);
    expect((await writing).profilePicture.fileName).toBe('photo.webp');
  });

  concurrentIt(
    'is told to clients, to /ready and to the log, and the server works again when it is back',
    async ({ expect }) => {
      const { server, proxy } = await startBehindProxy();
      const present = await uploaded(server, await pictureFile('cmyk.jpg'));
      proxy.goAway();
      const [reading, writing, ready, health] = await Promise.all([
        query(server, '{ user(id: "demo") { id } }'),
        upload(server, await pictureFile('photo.webp')),
        fetch(`${server.url}/ready`),
        fetch(`${server.url}/health`),
      ]);
      for (const { status, headers, errors } of [reading, writing]) {
        expect([status, headers.get('Retry-After')]).toEqual([503, '2']);
        expect(errors?.[0]?.extensions).toEqual({ code: 'SERVER_BUSY', retryAfter: 2 });
      }
      expect([ready.status, health.status]).toEqual([503, 200]);
      expect(await ready.text()).toMatch(/^not ready: /);
      proxy.restore();
      await expect.poll(async () => (await fetch(`${server.url}/ready`)).status).toBe(200);
      expect(await viewer(server)).toEqual(present);
      await uploaded(server, await pictureFile('photo.webp'));
      expect(await server.pictures()).toHaveLength(2);
      await expectNothingUnfinished(server);
      expect(
        server.log().match(/The database is unavailable; retrying each call for 3 seconds"/g),
      ).toHaveLength(1);
      await expect.poll(() => server.log().match(/The database is available again"/g)).toHaveLength(1);
      expectNoPassword(server.log());
      expect(await server.end('SIGTERM')).toBe(0);
    },
  );

  concurrentIt('without a word is given up too', async ({ expect }) => {
    const { server, proxy } = await startBehindProxy();
    const present = await uploaded(server, await pictureFile('cmyk.jpg'));
    proxy.fallSilent();
    const { status, errors } = await query(server, '{ user(id: "demo") { id } }');
    expect([status, errors?.[0]?.extensions.code]).toEqual([503, 'SERVER_BUSY']);
    proxy.restore();
    expect(await viewer(server)).toEqual(present);
  });
});

describe('A server that starts', () => {
  it('waits some seconds for its database', async () => {
    const proxy = await proxyFor(await newPostgres());
    proxy.goAway();
    const starting = portraitForTest({ env: { DATABASE_URL: proxy.url } });
    await expect.poll(() => proxy.turnedAway()).toBeGreaterThan(1);
    proxy.restore();
    const server = await starting;
    await uploaded(server, await pictureFile('cmyk.jpg'));
    await expect.poll(() => server.log()).toContain('The database is not available yet; retrying');
    expectNoPassword(server.log());
  });

  it('and cannot use its database says why, in one sentence without the password', async () => {
    const { url, port, failures } = await hopeless;
    const { host, pathname } = new URL(url);
    const reasons = [
      `${host}${pathname} cannot be used: password authentication failed for user "postgres".`,
      `${host}/missing cannot be used: database "missing" does not exist.`,
      `${host}${pathname} cannot be used: self-signed certificate; if the root CA is installed locally, try running Node.js with --use-system-ca.`,
      `127.0.0.1:${port}${pathname} cannot be used: connect ECONNREFUSED 127.0.0.1:${port}.`,
    ];
    expect(failures).toEqual(
      reasons.map((reason) => `Portrait could not start: The database at ${reason}\n`),
    );
    expectNoPassword(failures.join());
    expect(failures.join()).not.toContain('wr0ng-secret');
  });

  it('speaks TLS if its URL says so, with a server whose certificate it can check', async () => {
    const url = new URL(await newPostgres());
    url.search = `sslmode=verify-full&sslrootcert=${TLS_CERTIFICATE}`;
    const server = await portraitForTest({ env: { DATABASE_URL: url.href } });
    const sessions = `SELECT DISTINCT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
      WHERE application_name = 'portrait' AND datname = current_database()`;
    expect(await runSql(url.href, sessions)).toEqual([{ ssl: true }]);
    expect(server.log()).toBe('');
  });
});

interface Hopeless {
  readonly url: string;
  /** Where nobody listens. */
  readonly port: number;
  /** What servers wrote that could not start. */
  readonly failures: readonly string[];
}

/** Starts servers that cannot use their database; two of them wait for it for a while. */
async function startInVain(): Promise<Hopeless> {
  const url = urlOf('postgres');
  const port = await findFreePort();
  const changes: readonly Partial<URL>[] = [
    { password: 'wr0ng-secret' },
    { pathname: 'missing' },
    { search: 'sslmode=verify-full' },
    { port: String(port) },
  ];
  const failures = changes.map(async (change) => {
    const { href } = Object.assign(new URL(url), change);
    const started = await startPortrait({ env: { DATABASE_URL: href, LOG_LEVEL: 'silent' } }).catch(
      (error: Error) => error,
    );
    return started instanceof Error ? started.message.replace(/^The server ended.*\n/, '') : 'It started.';
  });
  return { url, port, failures: await Promise.all(failures) };
}
