import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { concurrentIt } from '../support/current-test.ts';
import { type DatabaseProxy, proxyFor } from '../support/database-proxy.ts';
import { findFreePort } from '../support/free-port.ts';
import { query, upload, uploaded, viewer } from '../support/graphql.ts';
import { pictureFile } from '../support/pictures.ts';
import { type Portrait, portraitForTest, startPortrait } from '../support/portrait.ts';
import { newPostgres, runSql, urlOf, waitingForLocks } from '../support/postgres.ts';
import { POSTGRES_PASSWORD, TLS_CERTIFICATE } from '../support/postgres-server.ts';

const ACCEPT = /insert into "portrait"\."pictures"/;
const SETTLE = /update "portrait"\."pictures" set [^;]*"width" = /;

interface Proxied {
  readonly server: Portrait;
  readonly proxy: DatabaseProxy;
  /** URL of the database without the proxy. */
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

/** Result of the starts that fail. They begin before all tests, because they mostly wait. */
let failedStarts: Promise<FailedStarts>;
beforeAll(() => {
  failedStarts = runFailingStarts();
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
  it('that is lost changes nothing, and the upload succeeds if its response is lost or if it arrives late', async () => {
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

    proxy.cutCommit(SETTLE, 'unanswered');
    const { profilePicture: unanswered } = await uploaded(server, await pictureFile('photo.webp'));
    await proxy.whenCut();
    expect(unanswered.fileName).toBe('photo.webp');
    expect((await fetch(unanswered.url)).status).toBe(200);
    expect(await statesOf(url)).toEqual(['trash', 'trash', 'live']);
    await expectNothingUnfinished(server);

    proxy.cutCommit(SETTLE, 'late');
    const response = uploaded(server, await pictureFile('cmyk.jpg'));
    await proxy.whenCut();
    await waitingForLocks(url, 1);
    proxy.deliver();
    const { profilePicture: late } = await response;
    expect(late.fileName).toBe('cmyk.jpg');
    expect((await fetch(late.url)).status).toBe(200);
    expect(await statesOf(url)).toEqual(['trash', 'trash', 'trash', 'live']);
  });

  concurrentIt('that never reaches Postgres is rolled back and leaves no files', async ({ expect }) => {
    const { server, proxy, url } = await startBehindProxy();
    const present = await uploaded(server, await pictureFile('cmyk.jpg'));
    proxy.cutCommit(SETTLE, 'abandoned');
    const { status } = await upload(server, await pictureFile('photo.webp'));
    expect(status).toBe(503);
    expect(await viewer(server)).toEqual(present);
    expect(await statesOf(url)).toEqual(['live']);
    expect(await server.pictures()).toHaveLength(1);
  });

  concurrentIt(
    'whose outcome stays unknown keeps the files, because it may have taken effect',
    async ({ expect }) => {
      const { server, proxy, url } = await startBehindProxy();
      await uploaded(server, await pictureFile('cmyk.jpg'));
      proxy.cutCommit(SETTLE, 'unanswered');
      const response = upload(server, await pictureFile('photo.webp'));
      await proxy.whenCut();
      proxy.disconnect();
      const { status, errors } = await response;
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
    'whose outcome stays unknown is cleaned up by the next start if it did not take effect',
    async ({ expect }) => {
      const { server, proxy, url } = await startBehindProxy();
      const present = await uploaded(server, await pictureFile('cmyk.jpg'));
      proxy.cutCommit(SETTLE, 'lost');
      const response = upload(server, await pictureFile('photo.webp'));
      await proxy.whenCut();
      proxy.disconnect();
      expect((await response).status).toBe(503);
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

describe('A lost commit', () => {
  it('leaves nothing of an upload that begins, and is not retried if the write is not idempotent', async () => {
    const { server, proxy, url } = await startBehindProxy();
    const present = await uploaded(server, await pictureFile('cmyk.jpg'));
    for (const fate of ['lost', 'unanswered'] as const) {
      proxy.cutCommit(ACCEPT, fate);
      const { status, errors } = await upload(server, await pictureFile('photo.webp'));
      expect([status, errors?.[0]?.extensions.code]).toEqual([503, 'SERVER_BUSY']);
      expect(await viewer(server)).toEqual(present);
      expect(await statesOf(url)).toEqual(['live']);
      expect(await server.pictures()).toHaveLength(1);
      await expectNothingUnfinished(server);
    }

    await uploaded(server, await pictureFile('photo.webp'));
    proxy.cutCommit(/"trashed_order" = /, 'unanswered');
    const { status, errors } = await query(server, 'mutation { restoreProfilePicture { id } }');
    expect([status, errors?.[0]?.extensions.code]).toEqual([503, 'SERVER_BUSY']);
    // A second restoration would bring the picture back that the first one replaced.
    expect(await viewer(server)).toEqual(present);
  });
});

describe('An outage of the database', () => {
  it('that lasts only a moment does not affect clients', async () => {
    const { server, proxy } = await startBehindProxy();
    const present = await uploaded(server, await pictureFile('cmyk.jpg'));
    // The proxy itself ends the outage, because a slow test could do so too late for the server's retries.
    proxy.disconnect(2);
    const reading = viewer(server);
    const writing = uploaded(server, await pictureFile('photo.webp'));
    expect((await reading).id).toBe(present.id);
    expect((await writing).profilePicture.fileName).toBe('photo.webp');
    expect(proxy.rejectedConnections()).toBe(2);
  });

  concurrentIt(
    'is reported to clients, by /ready and in the log, and the server works again afterwards',
    async ({ expect }) => {
      const { server, proxy } = await startBehindProxy();
      const present = await uploaded(server, await pictureFile('cmyk.jpg'));
      proxy.disconnect();
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

  concurrentIt('in which Postgres stops responding is reported as busy too', async ({ expect }) => {
    const { server, proxy } = await startBehindProxy();
    const present = await uploaded(server, await pictureFile('cmyk.jpg'));
    proxy.stall();
    const { status, errors } = await query(server, '{ user(id: "demo") { id } }');
    expect([status, errors?.[0]?.extensions.code]).toEqual([503, 'SERVER_BUSY']);
    proxy.restore();
    expect(await viewer(server)).toEqual(present);
  });
});

describe('A starting server', () => {
  it('waits a few seconds for its database', async () => {
    const proxy = await proxyFor(await newPostgres());
    proxy.disconnect(2);
    const server = await portraitForTest({ env: { DATABASE_URL: proxy.url } });
    expect(proxy.rejectedConnections()).toBe(2);
    await uploaded(server, await pictureFile('cmyk.jpg'));
    await expect.poll(() => server.log()).toContain('The database is not available yet; retrying');
    expectNoPassword(server.log());
  });

  it('that cannot use its database states the cause, in one line without the password', async () => {
    const { url, port, failures } = await failedStarts;
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

  it('uses TLS if its database URL requires it and the certificate is valid', async () => {
    const url = new URL(await newPostgres());
    url.search = `sslmode=verify-full&sslrootcert=${TLS_CERTIFICATE}`;
    const server = await portraitForTest({ env: { DATABASE_URL: url.href } });
    const sessions = `SELECT DISTINCT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
      WHERE application_name = 'portrait' AND datname = current_database()`;
    expect(await runSql(url.href, sessions)).toEqual([{ ssl: true }]);
    expect(server.logWithoutAudit()).toBe('');
  });
});

interface FailedStarts {
  readonly url: string;
  /** Port without a listener. */
  readonly port: number;
  /** Standard error of the servers. */
  readonly failures: readonly string[];
}

/** Starts servers that cannot use their database. Two of them wait for it for a while. */
async function runFailingStarts(): Promise<FailedStarts> {
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
