import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { DECODING_TIMEOUT_MS, runCommand, startCommand } from '../support/commands.ts';
import { uploaded } from '../support/graphql.ts';
import { picturePath, pictureFile } from '../support/pictures.ts';
import { portraitForTest } from '../support/portrait.ts';
import { newPostgres, runSql } from '../support/postgres.ts';
import { AUTH_SECRET, signedIn } from '../support/signed-in.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const TIMEOUT = { timeout: DECODING_TIMEOUT_MS };
const PICTURES = 10;
const BY_STATE = 'SELECT state, count(*)::int AS pictures FROM portrait.pictures GROUP BY state';

it('With Postgres, an import runs next to a server, and a killed one can be continued', async () => {
  const env = { AUTH_SECRET, DATABASE_URL: await newPostgres() };
  const server = await portraitForTest({ env });
  const photos = join(await temporaryFolder(), 'photos');
  await mkdir(photos);
  const jpeg = await readFile(picturePath('cmyk.jpg'));
  for (let index = 0; index < PICTURES; index += 1) {
    await writeFile(join(photos, `user-${index}.jpg`), Buffer.concat([jpeg, Buffer.from(`${index}`)]));
  }
  const running = startCommand(server.folder, ['import', photos], { ...TIMEOUT, env });
  const liveOnes = () => runSql(env.DATABASE_URL, `${BY_STATE} HAVING state = 'live'`);
  await expect
    .poll(async () => (await liveOnes())[0]?.['pictures'], { ...TIMEOUT, interval: 5 })
    .toBeGreaterThan(0);
  await running.kill();
  await uploaded(server, await pictureFile('photo.webp'), {}, await signedIn('user-0'));
  await copyFile(picturePath('transparent.png'), join(photos, 'user-0.jpg'));

  const { code, stdout } = await runCommand(server.folder, ['import', photos, '--json'], { ...TIMEOUT, env });
  const { entries, imported, known, kept } = JSON.parse(stdout);
  expect([code, imported + known, kept]).toEqual([0, PICTURES - 1, 1]);
  expect(entries).toMatchObject([{ file: 'user-0.jpg', outcome: 'kept' }]);
  expect((await liveOnes())[0]).toEqual({ state: 'live', pictures: PICTURES });
  for (const index of [1, PICTURES - 1]) {
    const avatar = await fetch(`${server.url}/users/user-${index}/avatar?default=404`);
    expect([avatar.status, avatar.headers.get('Content-Type')]).toEqual([200, 'image/jpeg']);
  }
  expect(await server.uploads()).toEqual([]);
});
