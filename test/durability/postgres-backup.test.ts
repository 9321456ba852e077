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

it('A backup of Postgres and a bucket under load is complete, can be served, and can be moved to new stores', async () => {
  const store = await startS3Store();
  onTestFinished(() => store[Symbol.asyncDispose]());
  const serverEnv = {
    ...SIGNED_IN,
    ...environmentOfS3(store, { prefix: 'old' }),
    DATABASE_URL: await newPostgres(),
  };
  const server = await portraitForTest({ env: serverEnv });
  const acknowledged: string[] = [];
  const uploading = async () => {
    for (let users = 0; ; users += 1) {
      // Each user uploads one picture, so no picture leaves a trash.
      const headers = await signedIn(`uploader-${users}`);
      const { data } = await upload(server, await pictureFile('photo.webp'), {}, headers);
      // A busy server can reject an upload.
      const id = data?.uploadProfilePicture.profilePicture?.id;
      acknowledged.push(...(id === undefined ? [] : [id]));
    }
  };
  // At the same time, another user replaces, restores and permanently removes pictures.
  const other = new ModelledUser(await signedIn('other'), randomFrom(1));
  const acting = async () => {
    while (await other.act(server)) {
      // Repeats until the server is gone.
    }
  };
  const load = [uploading().catch(() => {}), acting()];
  await expect.poll(() => acknowledged.length).toBeGreaterThan(3);
  const before = [...acknowledged];
  const backupFolder = await temporaryFolder();
  expect(await runCommand(server.folder, ['backup', backupFolder], { env: serverEnv })).toMatchObject({
    code: 0,
    stderr: '',
    stdout: expect.stringContaining('0 with missing files.'),
  });
  await server.end('SIGKILL');
  await Promise.all(load);
  await runSql(serverEnv.DATABASE_URL, 'DROP SCHEMA portrait CASCADE');

  const folder = await temporaryFolder();
  await mkdir(join(folder, 'data'));
  await cp(join(backupFolder, 'portrait.db'), join(folder, 'data/portrait.db'));
  await cp(join(backupFolder, 'pictures'), join(folder, 'pictures'), { recursive: true });
  const served = await portraitForTest({ folder, env: SIGNED_IN });
  await expectNothingLost(folder, before);
  await served.end('SIGTERM');

  const { STORAGE_URL = '', ...keys } = environmentOfS3(store, { prefix: 'new' });
  const toEnv = Object.fromEntries(Object.entries(keys).map(([name, value]) => [`TO_${name}`, value]));
  const move = ['move', '--to-database', serverEnv.DATABASE_URL, '--to-storage', STORAGE_URL];
  expect(await runCommand(folder, move, { env: toEnv })).toMatchObject({ code: 0 });
  const restored = await portraitForTest({ env: { ...serverEnv, STORAGE_URL } });
  const headers = await signedIn('uploader-0');
  const { errors } = await upload(restored, await pictureFile('cmyk.jpg'), {}, headers);
  expect(errors).toBeUndefined();
  const { stdout } = await runCommand(restored.folder, ['reconcile'], { env: { ...serverEnv, STORAGE_URL } });
  expect(stdout).toContain('0 unknown to the database (0 deleted), 0 with missing files.');
});
