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
  it('uploads, and reads what it uploaded', async () => {
    const folder = await folderWith('photo-2725x2225.jpg', settings);
    const { id, avatarUrl } = JSON.parse(await runExample('upload.sh', folder)).data.uploadProfilePicture;
    expect(id).toBe('demo');
    expect(JSON.parse(await runExample('viewer.sh', folder)).data.viewer).toEqual({ id, avatarUrl });
  });

  it('prints the code of a refusal, and fails', async () => {
    const folder = await folderWith('drawing.svg', settings);
    const failure = await runExample('upload.sh', folder).catch((error: unknown) => error);
    const { code, stdout, stderr } = failure as { code: number; stdout: string; stderr: string };
    // 22: --fail-with-body met a status from 400 on.
    expect([code, stderr]).toEqual([22, expect.stringContaining('415')]);
    expect(JSON.parse(stdout).errors[0].extensions.code).toBe('UNSUPPORTED_FILE_TYPE');
  });
});

/** A folder with a picture as `me.jpg`, and curl's own settings. */
async function folderWith(picture: string, settings: string): Promise<string> {
  const folder = await temporaryFolder();
  await copyFile(picturePath(picture), join(folder, 'me.jpg'));
  await writeFile(join(folder, '.curlrc'), settings);
  return folder;
}

/** @returns what the example printed. */
async function runExample(title: string, folder: string): Promise<string> {
  const script = await readExample(title, portrait);
  const { stdout } = await run('sh', ['-c', script], {
    cwd: folder,
    env: { PATH: process.env['PATH'], CURL_HOME: folder },
  });
  return stdout;
}
