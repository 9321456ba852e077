import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import Sqlite from 'better-sqlite3';
import { expect, it, onTestFinished } from 'vitest';
import { clockForTest, type TestClock } from '../support/clock.ts';
import { findFreePort } from '../support/free-port.ts';
import { query, upload, uploaded } from '../support/graphql.ts';
import { pictureFile } from '../support/pictures.ts';
import { portraitForTest } from '../support/portrait.ts';
import { AUTH_SECRET, signedIn } from '../support/signed-in.ts';
import { receiverForTest, status } from '../support/webhook-receiver.ts';

const ROOT = join(import.meta.dirname, '../..');
const WEBHOOK_SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const MINUTE_MS = 60 * 1000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** A change as the receiver of docs/webhooks.md prints it. */
interface PrintedChange {
  readonly type: string;
  readonly userId: string;
  readonly pictureId: string | null;
  readonly avatarUrl: string | null;
  readonly altText: string | null;
}

/** Runs the receiver of docs/webhooks.md for the current test. @returns the changes that it has printed so far. */
async function runDocumentedReceiver(port: number, clock: TestClock): Promise<readonly PrintedChange[]> {
  const page = await readFile(join(ROOT, 'docs/webhooks.md'), 'utf8');
  const [, code = ''] = /^```js title=receiver\.mjs\n(.*?)^```$/ms.exec(page) ?? [];
  const receiver = spawn(process.execPath, ['--input-type=module', '--eval', code], {
    cwd: ROOT,
    env: { ...clock.env, WEBHOOK_SECRET, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exit = once(receiver, 'exit');
  onTestFinished(async () => {
    receiver.kill();
    await exit;
  });
  const changes: PrintedChange[] = [];
  createInterface(receiver.stdout).on('line', (line) => changes.push(JSON.parse(line)));
  const forge = () =>
    fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: '{}' }).catch(() => undefined);
  await expect.poll(async () => (await forge())?.status).toBe(400);
  return changes;
}

function openDatabase(folder: string): Sqlite.Database {
  const database = new Sqlite(join(folder, 'data/portrait.db'), { readonly: true });
  onTestFinished(() => {
    database.close();
  });
  return database;
}

it('a receiver that was unavailable for a day gets every change in order, and the receiver of the docs verifies them', async () => {
  const clock = await clockForTest();
  const port = await findFreePort();
  const server = await portraitForTest({
    env: { ...clock.env, AUTH_SECRET, WEBHOOK_SECRET, WEBHOOK_URL: `http://127.0.0.1:${port}/` },
  });
  const headers = await signedIn('ann', 'Ann Name');
  const { profilePicture: first } = await uploaded(server, await pictureFile('photo.webp'), {}, headers);
  await query(server, 'mutation { updateProfilePicture(altText: "At sea") { id } }', {}, headers);
  await query(server, 'mutation { removeProfilePicture { id } }', {}, headers);
  await query(server, 'mutation { restoreProfilePicture { id } }', {}, headers);
  await query(server, 'mutation { removeProfilePicture(permanently: true) { id } }', {}, headers);
  const events = openDatabase(server.folder).prepare<[], { failures: number }>('SELECT failures FROM outbox');
  await expect.poll(() => events.all().map(({ failures }) => failures)).toEqual([1, 0, 0, 0, 0]);
  // The next retry comes after minutes.
  await clock.shift(MINUTE_MS);
  await expect.poll(() => events.get()?.failures).toBe(2);

  const changes = await runDocumentedReceiver(port, clock);
  await clock.shift(DAY_MS);
  await expect.poll(() => changes).toHaveLength(5);
  const avatarUrl = expect.stringMatching(new RegExp(`^${server.url}/static/pictures/.+/128\\.webp$`));
  const NONE = { avatarUrl: null, altText: null };
  expect(changes).toMatchObject([
    { type: 'profile_picture.updated', avatarUrl, altText: null },
    { type: 'profile_picture.updated', avatarUrl, altText: 'At sea' },
    { type: 'profile_picture.removed', ...NONE },
    { type: 'profile_picture.restored', avatarUrl, altText: 'At sea' },
    { type: 'profile_picture.deleted', ...NONE },
  ]);
  for (const change of changes) {
    expect(change).toMatchObject({ userId: 'ann', actor: 'ann', pictureId: first.id });
    expect(JSON.stringify(change)).not.toContain('Ann Name');
  }
});

it('an upload does not wait for the receiver, and kill -9 before the response loses no change', async () => {
  const receiver = await receiverForTest();
  receiver.respond(() => {});
  const env = { AUTH_SECRET, WEBHOOK_SECRET, WEBHOOK_URL: receiver.url };
  const headers = await signedIn('ann');
  const server = await portraitForTest({ env });
  const { profilePicture: picture } = await uploaded(server, await pictureFile('photo.webp'), {}, headers);
  await query(server, 'mutation { updateProfilePicture(altText: "At sea") { id } }', {}, headers);
  await receiver.until(({ length }) => length === 1);
  await server.end('SIGKILL');

  receiver.respond(status(204));
  const again = await portraitForTest({ env, folder: server.folder });
  await receiver.until(({ length }) => length === 3);
  const [before, repeated, next] = receiver.received;
  expect(repeated?.id).toBe(before?.id);
  expect(before?.data).toMatchObject({ pictureId: picture.id, altText: null });
  expect(next?.data).toMatchObject({ pictureId: picture.id, altText: 'At sea' });

  receiver.respond(() => {});
  await uploaded(again, await pictureFile('cmyk.jpg'), {}, headers);
  await receiver.until(({ length }) => length === 4);
  expect(await again.end('SIGTERM')).toBe(0);
});

it('without WEBHOOK_URL, the server loads no code of webhooks and records nothing', async () => {
  const preload = new URL('../support/log-imports.ts', import.meta.url).href;
  const server = await portraitForTest({ env: { NODE_OPTIONS: `--import ${preload}` } });
  expect((await upload(server, await pictureFile('photo.webp'))).errors).toBeUndefined();
  await server.end('SIGTERM');
  expect(server.log()).toContain('loaded ');
  expect(server.log()).not.toContain('/src/webhooks/');
  expect(openDatabase(server.folder).prepare('SELECT * FROM outbox').all()).toEqual([]);
});
