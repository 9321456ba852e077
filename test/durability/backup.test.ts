import { execFile } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { picturePath } from '../../src/storage/storage.ts';
import { runCommand } from '../support/commands.ts';
import { query, upload, uploaded } from '../support/graphql.ts';
import { expectNothingLost } from '../support/inspect-storage.ts';
import { ModelledUser } from '../support/modelled-user.ts';
import { pictureFile } from '../support/pictures.ts';
import { portraitForTest } from '../support/portrait.ts';
import { randomFrom } from '../support/random-from.ts';
import { AUTH_SECRET, signedIn } from '../support/signed-in.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const run = promisify(execFile);

/** Restores a backup as docs/operations.md describes, into a folder without data. */
async function restore(backupFolder: string, folder: string): Promise<void> {
  await mkdir(join(folder, 'data'));
  await run('cp', ['-a', join(backupFolder, 'portrait.db'), join(folder, 'data/portrait.db')]);
  await run('cp', ['-a', join(backupFolder, 'pictures'), join(folder, 'pictures')]);
}

describe('npm run backup', () => {
  it('under load saves every picture that was acknowledged before it, even if everything else is destroyed later', async () => {
    const [folder, backupFolder] = [await temporaryFolder(), await temporaryFolder()];
    const env = { AUTH_SECRET, UPLOADS_PER_HOUR: '0' };
    const server = await portraitForTest({ folder, env });
    const acknowledged: { id: string; headers: Record<string, string> }[] = [];
    let uploaders = 0;
    const uploading = async (name: string) => {
      for (;;) {
        // Each user uploads one picture, so no picture leaves a trash.
        uploaders += 1;
        const headers = await signedIn(`uploader-${uploaders}`);
        const { data } = await upload(server, await pictureFile(name), {}, headers);
        const id = data?.uploadProfilePicture.profilePicture?.id;
        // A busy server can reject an upload.
        acknowledged.push(...(id === undefined ? [] : [{ id, headers }]));
      }
    };
    // At the same time, other users replace, restore and permanently remove pictures.
    const others = [1, 2].map(async (seed) => {
      const user = new ModelledUser(await signedIn(`user-${seed}`), randomFrom(seed));
      while (await user.act(server)) {
        // Repeats until the server is gone.
      }
    });
    const load = [...['photo.webp', 'cmyk.jpg'].map((name) => uploading(name).catch(() => {})), ...others];
    await expect.poll(() => acknowledged.length).toBeGreaterThan(5);

    const before = [...acknowledged];
    expect(await runCommand(folder, ['backup', backupFolder])).toMatchObject({ code: 0, stderr: '' });
    const during = acknowledged.length;
    await expect.poll(() => acknowledged.length).toBeGreaterThan(during);
    await server.end('SIGKILL');
    await Promise.all(load);
    for (const path of ['data', 'pictures', 'uploads']) {
      await rm(join(folder, path), { recursive: true });
    }

    await restore(backupFolder, folder);
    const again = await portraitForTest({ folder, env });
    expect(again.logWithoutAudit()).toBe('');
    await expectNothingLost(
      folder,
      before.map(({ id }) => id),
    );
    const last = before.at(-1);
    const { data } = await query<{ viewer: { profilePicture: { id: string } } }>(
      again,
      '{ viewer { profilePicture { id } } }',
      {},
      last?.headers,
    );
    expect(data?.viewer.profilePicture.id).toBe(last?.id);
  });

  it('reports how many pictures it copied, and fails if files are missing or it would overwrite or serve pictures', async () => {
    const server = await portraitForTest();
    const { folder } = server;
    const backupFolder = await temporaryFolder();
    await uploaded(server, await pictureFile('cmyk.jpg'));
    expect(await runCommand(folder, ['backup', backupFolder])).toEqual({
      code: 0,
      stdout: '1 pictures in the backup (1 new), 0 deleted during the backup, 0 with missing files.\n',
      stderr: '',
    });
    const staticFolder = join(import.meta.dirname, '../../static/backup');
    for (const target of [staticFolder, folder, join(folder, 'pictures'), join(folder, 'data')]) {
      const { code, stderr } = await runCommand(folder, ['backup', target]);
      expect([code, stderr]).toEqual([1, expect.stringContaining('Choose another folder for the backup')]);
    }
    await rm(staticFolder, { recursive: true });
    expect(await server.pictures()).toHaveLength(1);

    const { id } = (await uploaded(server, await pictureFile('cmyk.jpg'))).profilePicture;
    await rm(join(folder, 'pictures', picturePath(id)), { recursive: true });
    expect(await runCommand(folder, ['backup', backupFolder])).toEqual({
      code: 1,
      stdout: `missing  ${id}\n1 pictures in the backup (0 new), 0 deleted during the backup, 1 with missing files.\n`,
      stderr: '',
    });

    await query(server, 'mutation { deleteUser(id: "demo") { id } }');
    expect((await runCommand(folder, ['backup', backupFolder])).stdout).toContain(
      '\n1 pictures of deleted users were removed from the backup.\n',
    );
  });

  it.for([
    { what: 'no folder', args: ['backup'], error: 'A backup needs a folder' },
    { what: 'no database', args: ['backup', 'elsewhere'], error: 'portrait.db cannot be used' },
  ])('fails with a message, not a stack trace, if there is $what', async ({ args, error }) => {
    const { code, stderr } = await runCommand(await temporaryFolder(), args);
    expect([code, stderr]).toEqual([1, expect.stringContaining(error)]);
    expect(stderr).not.toContain('    at ');
  });
});
