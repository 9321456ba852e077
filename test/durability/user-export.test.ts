import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runCommand, startCommand } from '../support/commands.ts';
import { startFaultyProxy } from '../support/faulty-proxy.ts';
import { query, uploaded } from '../support/graphql.ts';
import { pictureFile } from '../support/pictures.ts';
import { portraitForTest } from '../support/portrait.ts';
import { environmentOfS3, startS3Store } from '../support/s3-store.ts';
import { AUTH_SECRET, signedIn } from '../support/signed-in.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

it('npm run export-user writes all data and files of a user, and continues after kill -9', async () => {
  await using store = await startS3Store();
  await using proxy = await startFaultyProxy(store.endpoint);
  const prefix = `tests/${randomBytes(8).toString('hex')}`;
  const env = { ...environmentOfS3(store, { prefix, proxy }), AUTH_SECRET };
  const server = await portraitForTest({ env });
  const user = await signedIn('ann', 'Ann');
  const first = await uploaded(server, await pictureFile('cmyk.jpg'), { altText: 'Me' }, user);
  const second = await uploaded(server, await pictureFile('photo.webp'), {}, user);
  const ids = [first.profilePicture.id, second.profilePicture.id] as [string, string];
  await uploaded(server, await pictureFile('cmyk.jpg'), {}, await signedIn('bob'));
  const target = join(await temporaryFolder(), 'export');
  const run = (...args: string[]) => runCommand(server.folder, ['export-user', ...args], { env });

  expect(await run('ann', target, '--dry-run')).toMatchObject({
    code: 0,
    stdout: '2 pictures: 2 can be exported, 0 exported earlier, 0 with missing files.\n',
  });
  expect(existsSync(target)).toBe(false);

  proxy.fault = ({ method, path }) =>
    method === 'GET' && path.includes(`${ids[1]}/512`) ? { type: 'hang' } : undefined;
  const interrupted = startCommand(server.folder, ['export-user', 'ann', target], { env });
  await expect
    .poll(() => readdir(join(target, 'pictures', `${ids[1]}.partial`)).catch(() => []))
    .not.toEqual([]);
  await interrupted.kill();
  proxy.fault = () => undefined;
  expect((await readdir(join(target, 'pictures'))).sort()).toEqual([ids[0], `${ids[1]}.partial`].sort());
  expect(existsSync(join(target, 'user.json'))).toBe(false);

  const { code, stdout, stderr } = await run('ann', target, '--json');
  expect([code, JSON.parse(stdout)]).toEqual([
    0,
    { id: 'ann', folder: target, dryRun: false, known: true, pictures: 2, copied: 1, kept: 1, missing: [] },
  ]);
  expect(stderr).toContain('100 % of 2 pictures');
  expect((await readdir(join(target, 'pictures'))).sort()).toEqual([...ids].sort());
  for (const { profilePicture } of [first, second]) {
    for (const entry of profilePicture.srcSet.split(', ')) {
      const url = entry.split(' ')[0] as string;
      const served = Buffer.from(await (await fetch(url)).arrayBuffer());
      const exported = await readFile(
        join(target, 'pictures', profilePicture.id, url.split('/').at(-1) as string),
      );
      expect(exported.equals(served)).toBe(true);
    }
  }
  expect(JSON.parse(await readFile(join(target, 'user.json'), 'utf8'))).toEqual({
    user: { id: 'ann', name: 'Ann', emailHashes: null, uploadBlock: null },
    pictures: [
      expect.objectContaining({ id: ids[0], state: 'trash', altText: 'Me', folder: `pictures/${ids[0]}` }),
      expect.objectContaining({ id: ids[1], state: 'live', fileName: 'photo.webp', trashedAt: null }),
    ],
  });

  const refused = await run('bob', target);
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('the export of another user')]);
  expect((await run('cid', target)).stdout).toBe('Portrait stores nothing about this user.\n');
});

it('npm run export-user reports missing files, and does not write where the server would publish the files', async () => {
  const server = await portraitForTest();
  const { id } = (await uploaded(server, await pictureFile('cmyk.jpg'))).profilePicture;
  const run = (...args: string[]) => runCommand(server.folder, ['export-user', ...args]);
  for (const folder of [server.folder, join(server.folder, 'pictures/export')]) {
    const { code, stderr } = await run('demo', folder);
    expect([code, stderr]).toEqual([1, expect.stringContaining('Choose another folder for the export')]);
  }
  const target = await temporaryFolder();
  await rm(join(server.folder, 'pictures', id.slice(4, 6)), { recursive: true });
  await mkdir(join(server.folder, 'pictures', id.slice(4, 6)));
  expect(await run('demo', target)).toMatchObject({
    code: 1,
    stdout: `missing  ${id}\n1 pictures: 0 exported, 0 exported earlier, 1 with missing files.\n`,
  });
  expect((await run('demo')).stderr).toContain('An export needs a user id and a folder. Usage:');
  expect((await query(server, '{ viewer { id } }')).status).toBe(200);
});
