import { execFile } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { openDiskStorage } from '../../src/storage/disk.ts';
import { PICTURE_PATH, picturePath } from '../../src/storage/storage.ts';
import { describeStorage } from '../contract/storage-contract.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const INSTANCE = '0123456789abcdef';
const NAME = `pic_3f9a${'0'.repeat(28)}`;

describeStorage('Disk', async () => {
  const root = join(await temporaryFolder(), 'new/pictures');
  return {
    storage: await openDiskStorage(root, INSTANCE),
    read: (path, name) => readFile(join(root, path, name), 'utf8').catch(() => undefined),
  };
});

describe('Pictures on disk', () => {
  it('are spread over two levels of folders, named after the ID', () => {
    const path = picturePath(`pic_3f9a${'0'.repeat(28)}`);
    expect(path).toBe(`3f/9a/pic_3f9a${'0'.repeat(28)}`);
    expect(path).toMatch(PICTURE_PATH);
  });

  it('are listed without foreign files and folders', async () => {
    const root = await temporaryFolder();
    const storage = await openDiskStorage(root, INSTANCE);
    for (const foreignFolder of [
      'notes',
      '3f/9a/me',
      `3f/9a/pic_${'0'.repeat(32)}`,
      `3f/pic_3f9a${'0'.repeat(28)}`,
    ]) {
      await mkdir(join(root, foreignFolder), { recursive: true });
    }
    await writeFile(join(root, 'README'), 'mine');
    expect(await Array.fromAsync(storage.list())).toEqual([]);
  });

  it('are left out of a listing if they are deleted while it runs', async () => {
    const storage = await openDiskStorage(await temporaryFolder(), INSTANCE);
    const paths = ['0', '1', '2'].map((digit) => picturePath(`pic_3f9a${digit.repeat(28)}`));
    for (const path of paths) {
      await (await storage.stage(path)).publish();
    }
    const listed: string[] = [];
    for await (const { path } of storage.list()) {
      listed.push(path);
      await storage.delete(paths.filter((other) => other !== path));
    }
    expect(listed).toHaveLength(1);
  });

  it.each([
    { what: 'their own folder', folder: `.staging/${INSTANCE}-3f-9a-${NAME}`, renamed: [] },
    { what: 'the parent folder', folder: '3f/9a', renamed: [NAME] },
  ])('are not reported as published if $what cannot be synced', async ({ folder, renamed }) => {
    const root = await temporaryFolder();
    await mkdir(join(root, '3f/9a'), { recursive: true });
    const stdout = await runUnprivileged(
      root,
      `const staging = await storage.stage('3f/9a/${NAME}');
       // A folder that cannot be read cannot be synced.
       await chmod('${root}/${folder}', 0o300);
       await staging.publish().then(() => console.log('published'), ({ code }) => console.log(code));`,
    );
    expect(stdout).toBe('EACCES\n');
    expect(await readdir(join(root, '3f/9a'))).toEqual(renamed);
  });

  it('are not published into a folder that a power failure could remove, whichever program created the folder', async () => {
    const root = await temporaryFolder();
    await mkdir(join(root, '3f/9a'), { recursive: true });
    // A folder that cannot be read cannot be synced.
    await chmod(join(root, '3f'), 0o300);
    const stdout = await runUnprivileged(
      root,
      `const publish = async (digit) => {
         const staging = await storage.stage('3f/9a/pic_3f9a' + digit.repeat(28));
         await staging.publish().then(() => console.log('published'), ({ code }) => console.log(code));
       };
       await publish('0');
       await chmod('${root}/3f', 0o700);
       await publish('1');
       await publish('2');`,
    );
    expect(stdout).toBe('EACCES\npublished\npublished\n');
  });

  it('can be published after their folders were deleted', async () => {
    const root = await temporaryFolder();
    const storage = await openDiskStorage(root, INSTANCE);
    for (const digit of ['0', '1']) {
      const path = picturePath(`pic_3f9a${digit.repeat(28)}`);
      await (await storage.stage(path)).publish();
      expect(await storage.exists(path)).toBe(true);
      await rm(join(root, '3f'), { recursive: true });
    }
  });

  it('can be stored after the staging folder was deleted, and the health check succeeds', async () => {
    const root = await temporaryFolder();
    const storage = await openDiskStorage(root, INSTANCE);
    const staging = join(root, '.staging');
    const path = picturePath(NAME);
    await rm(staging, { recursive: true });
    await (await storage.stage(path)).publish();
    expect(await storage.exists(path)).toBe(true);
    await rm(staging, { recursive: true });
    await storage.check();
    expect(await readdir(staging)).toEqual([]);
    await rm(staging, { recursive: true });
    await storage.clearStaging(async (instances) => new Set(instances));
  });

  it('are not stored in a folder that replaced theirs, such as after a lost mount', async () => {
    const root = await temporaryFolder();
    const storage = await openDiskStorage(root, INSTANCE);
    await rename(root, `${root}.away`);
    await mkdir(root);
    await expect(storage.stage(picturePath(NAME))).rejects.toThrow('ENOENT');
    await expect(storage.check()).rejects.toThrow('ENOENT');
    expect(await readdir(root)).toEqual([]);
    await rm(`${root}.away`, { recursive: true });
  });

  it('cannot be stored if the folder is gone, and the health check fails', async () => {
    const root = await temporaryFolder();
    const storage = await openDiskStorage(root, INSTANCE);
    await rm(root, { recursive: true });
    await expect(storage.check()).rejects.toThrow('ENOENT');
  });
});

/** Runs a script that has a `storage`, without root's right to ignore file modes. @returns the script's output. */
async function runUnprivileged(root: string, script: string): Promise<string> {
  const { stdout } = await promisify(execFile)('unshare', [
    '--user',
    process.execPath,
    '--input-type=module',
    '--eval',
    `import { chmod } from 'node:fs/promises';
     import { openDiskStorage } from '${new URL('../../src/storage/disk.ts', import.meta.url)}';
     const storage = await openDiskStorage('${root}', '${INSTANCE}');
     ${script}`,
  ]);
  return stdout;
}
