import { execFile } from 'node:child_process';
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readExample } from '../../support/examples.ts';
import { picturePath } from '../../support/pictures.ts';
import { type Portrait, startPortrait } from '../../support/portrait.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const run = promisify(execFile);

let portrait: Portrait;

beforeAll(async () => {
  portrait = await startPortrait();
});
afterAll(() => portrait[Symbol.asyncDispose]());

describe.each([
  { title: 'curl', settings: '' },
  { title: 'curl that waits for 100 Continue', settings: 'header = "Expect: 100-continue"' },
])('$title', ({ settings }) => {
  it('uploads a picture and reads it', async () => {
    const folder = await folderWith('photo-2725x2225.jpg', settings);
    const { id, avatarUrl } = JSON.parse(await runExample('upload.sh', folder)).data.uploadProfilePicture;
    expect(id).toBe('demo');
    expect(JSON.parse(await runExample('viewer.sh', folder)).data.viewer).toEqual({ id, avatarUrl });
  });

  it('prints the code of an error and fails', async () => {
    const folder = await folderWith('drawing.svg', settings);
    const error = await runExample('upload.sh', folder).catch((reason: unknown) => reason);
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    // curl exits with 22 because of --fail-with-body and a status of 400 or above.
    expect([code, stderr]).toEqual([22, expect.stringContaining('415')]);
    expect(JSON.parse(stdout).errors[0].extensions.code).toBe('UNSUPPORTED_FILE_TYPE');
  });
});

/** Creates a folder with a picture as `me.jpg` and a `.curlrc` with these settings. */
async function folderWith(picture: string, settings: string): Promise<string> {
  const folder = await temporaryFolder();
  await copyFile(picturePath(picture), join(folder, 'me.jpg'));
  await writeFile(join(folder, '.curlrc'), settings);
  return folder;
}

/** Runs an example and returns its output. */
async function runExample(title: string, folder: string): Promise<string> {
  const script = await readExample(title, portrait);
  const { stdout } = await run('sh', ['-c', script], {
    cwd: folder,
    env: { PATH: process.env['PATH'], CURL_HOME: folder },
  });
  return stdout;
}
