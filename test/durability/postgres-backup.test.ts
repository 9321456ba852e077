import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { runCommand } from '../support/commands.ts';
import { upload } from '../support/graphql.ts';
import { expectNothingLost } from '../support/inspect-storage.ts';
import { ModelledUser } from '../support/modelled-user.ts';
import { pictureFile } from '../support/pictures.ts';
import { portraitForTest } from '../support/portrait.ts';
import { newPostgres, runSql } from '../support/postgres.ts';
import { randomFrom } from '../support/random-from.ts';
import { environmentOfS3, startS3Store } from '../support/s3-store.ts';
import { AUTH_SECRET, signedIn } from '../support/signed-in.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const SIGNED_IN = { AUTH_SECRET, UPLOADS_PER_HOUR: '0' };

it('A backup of Postgres and a bucket under load is whole, is served as it is, and is moved into new ones', async () => {
  const store = await startS3Store();
  onTestFinished(() => store[Symbol.asyncDispose]());
  const there = {
    ...SIGNED_IN,
    ...environmentOfS3(store, { prefix: 'old' }),
    DATABASE_URL: await newPostgres(),
  };
  const server = await portraitForTest({ env: there });
  const acknowledged: string[] = [];
  const uploading = async () => {
    for (let users = 0; ; users += 1) {
      // Each has one picture, so none of them leaves a trash.
      const headers = await signedIn(`uploader-${users}`);
      const { data } = await upload(server, await pictureFile('photo.webp'), {}, headers);
      acknowledged.push(data?.uploadProfilePicture.profilePicture?.id as string);
    }
  };
  // Another replaces and restores, and removes for good, meanwhile.
  const other = new ModelledUser(await signedIn('other'), randomFrom(1));
  const acting = async () => {
    while (await other.act(server)) {
      // Until the server is gone.
    }
  };
  const load = [uploading().catch(() => {}), acting()];
  await expect.poll(() => acknowledged.length).toBeGreaterThan(3);
  const before = [...acknowledged];
  const copyToBackup = await temporaryFolder();
  expect(await runCommand(server.folder, ['backup', copyToBackup], { env: there })).toMatchObject({
    code: 0,
    stderr: '',
    stdout: expect.stringContaining('0 with missing files.'),
  });
  await server.end('SIGKILL');
  await Promise.all(load);
  await runSql(there.DATABASE_URL, 'DROP SCHEMA portrait CASCADE');

  const folder = await temporaryFolder();
  await mkdir(join(folder, 'data'));
  await cp(join(copyToBackup, 'portrait.db'), join(folder, 'data/portrait.db'));
  await cp(join(copyToBackup, 'pictures'), join(folder, 'pictures'), { recursive: true });
  const served = await portraitForTest({ folder, env: SIGNED_IN });
  await expectNothingLost(folder, before);
  await served.end('SIGTERM');

  const { STORAGE_URL = '', ...keys } = environmentOfS3(store, { prefix: 'new' });
  const toEnv = Object.fromEntries(Object.entries(keys).map(([name, value]) => [`TO_${name}`, value]));
  const move = ['move', '--to-database', there.DATABASE_URL, '--to-storage', STORAGE_URL];
  expect(await runCommand(folder, move, { env: toEnv })).toMatchObject({ code: 0 });
  const restored = await portraitForTest({ env: { ...there, STORAGE_URL } });
  const headers = await signedIn('uploader-0');
  const { errors } = await upload(restored, await pictureFile('cmyk.jpg'), {}, headers);
  expect(errors).toBeUndefined();
  const { stdout } = await runCommand(restored.folder, ['reconcile'], { env: { ...there, STORAGE_URL } });
  expect(stdout).toContain('0 unknown to the database (0 deleted), 0 with missing files.');
});
