import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { DECODING_TIMEOUT_MS, runCommand, startCommand } from '../support/commands.ts';
import { query } from '../support/graphql.ts';
import { expectNothingLost } from '../support/inspect-storage.ts';
import { picturePath } from '../support/pictures.ts';
import { portraitForTest } from '../support/portrait.ts';
import { environmentOfS3, startS3Store } from '../support/s3-store.ts';
import { AUTH_SECRET } from '../support/signed-in.ts';
import { atTestEnd } from '../support/current-test.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const TIMEOUT = { timeout: DECODING_TIMEOUT_MS };
const HEADER = 'userId,name,file,altText\n';

/** Creates a folder with pictures by their names in test/images. */
async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = join(await temporaryFolder(), 'photos');
  await mkdir(folder);
  for (const [name, picture] of Object.entries(files)) {
    await copyFile(picturePath(picture), join(folder, name));
  }
  return folder;
}

/** Creates a folder with different pictures of many users. */
async function manyPictures(count: number): Promise<string> {
  const folder = await folderWith({});
  const jpeg = await readFile(picturePath('cmyk.jpg'));
  for (let index = 0; index < count; index += 1) {
    await writeFile(join(folder, `user-${index}.jpg`), Buffer.concat([jpeg, Buffer.from(`${index}`)]));
  }
  return folder;
}

/** Returns the numbers of pictures and of their users, by state. */
function countPictures(folder: string): { state: string; pictures: number; users: number }[] {
  const client = new Sqlite(join(folder, 'data/portrait.db'), { readonly: true });
  try {
    return client
      .prepare<[], { state: string; pictures: number; users: number }>(
        'SELECT state, count(*) AS pictures, count(DISTINCT user_id) AS users FROM pictures GROUP BY state',
      )
      .all();
  } finally {
    client.close();
  }
}

describe('npm run import', () => {
  it('imports a folder, reports what it refuses, and shows in a dry run what it would do', async () => {
    const server = await portraitForTest({ env: { AUTH_SECRET } });
    const { folder } = server;
    const photos = await folderWith({
      'alice.webp': 'photo.webp',
      'a%2Fb.jpg': 'cmyk.jpg',
      'carol.jpg': 'truncated.jpg',
      '.hidden.jpg': 'photo.webp',
    });
    const refused =
      'refused  carol.jpg: The picture is damaged and cannot be read. Choose another picture. (UNREADABLE_IMAGE)\n';
    expect(await runCommand(folder, ['import', photos, '--dry-run'], TIMEOUT)).toMatchObject({
      code: 1,
      stdout: `${refused}2 can be imported, 0 imported earlier, 0 kept, 1 refused.\n`,
      stderr: expect.stringMatching(/^0 % of 3 pictures\n(?:.*\n)*100 % of 3 pictures\n$/),
    });
    expect(await server.pictures()).toEqual([]);
    // An SQLite database has one writer.
    expect(await runCommand(folder, ['import', photos])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Another server is using the database'),
    });
    await server.end('SIGTERM');

    const { code, stdout, stderr } = await runCommand(folder, ['import', photos], TIMEOUT);
    expect([code, stdout]).toEqual([1, `${refused}2 imported, 0 imported earlier, 0 kept, 1 refused.\n`]);
    const audit = stderr
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line));
    expect(audit.map(({ subject }) => subject).sort()).toEqual(['a/b', 'alice']);
    expect(audit[0]).toMatchObject({ audit: true, actor: null, action: 'profile_picture.updated' });

    const again = await portraitForTest({ folder, env: { AUTH_SECRET } });
    const { data } = await query<{ users: { id: string; avatarUrl: string }[] }>(
      again,
      '{ users(ids: ["alice", "a/b"]) { id avatarUrl profilePicture { fileName } } }',
    );
    expect(data?.users).toMatchObject([
      { id: 'alice', profilePicture: { fileName: 'alice.webp' } },
      { id: 'a/b', profilePicture: { fileName: 'a2Fb.jpg' } },
    ]);
    for (const { avatarUrl } of data?.users ?? []) {
      expect((await fetch(avatarUrl)).status).toBe(200);
    }
  });

  it('imports a CSV file with names and texts, and reports to programs in one JSON document', async () => {
    const folder = await temporaryFolder();
    const photos = await folderWith({ 'a.webp': 'photo.webp', 'b.svg': 'drawing.svg' });
    const csv = join(photos, 'users.csv');
    await writeFile(
      csv,
      `${HEADER}alice,Alice Liddell,a.webp,A lighthouse\nbob,,b.svg,\nalice,,missing.jpg,\n`,
    );
    const first = await runCommand(folder, ['import', csv, '--json'], TIMEOUT);
    expect(first.code).toBe(1);
    const { entries, ...totals } = JSON.parse(first.stdout);
    expect(totals).toEqual({
      ...{ source: csv, dryRun: false, replace: false, finished: true },
      ...{ imported: 1, known: 0, kept: 0, refused: 2 },
    });
    expect(entries.toSorted((a: { line: number }, b: { line: number }) => a.line - b.line)).toEqual([
      {
        ...{ file: 'b.svg', line: 3, userId: 'bob', outcome: 'refused', code: 'UNSUPPORTED_FILE_TYPE' },
        message: expect.stringContaining('Files of type .svg are not accepted.'),
      },
      {
        ...{ file: 'missing.jpg', line: 4, userId: 'alice', outcome: 'refused', code: 'BAD_USER_INPUT' },
        message: 'The user has another picture in this import: line 2. Remove one of the two.',
      },
    ]);
    await writeFile(csv, `${HEADER}alice,,b.svg,\n"bob`);
    expect(await runCommand(folder, ['import', csv])).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining(`Line 3 of ${csv} has a quote that is never closed.`),
    });
    const server = await portraitForTest({ folder });
    const { data } = await query(server, '{ user(id: "alice") { name profilePicture { altText } } }');
    expect(data).toEqual({ user: { name: 'Alice Liddell', profilePicture: { altText: 'A lighthouse' } } });
  });

  it.each([
    { args: [], message: 'An import needs one folder or one CSV file. Usage: npm run import -- ' },
    { args: ['a', 'b'], message: 'An import needs one folder or one CSV file.' },
    { args: [picturePath('photo.webp')], message: 'is neither a folder nor a .csv file.' },
    { args: ['missing.csv'], message: '/missing.csv. Check the path.' },
    { args: ['/dev/null/photos'], message: '/dev/null/photos cannot be read: ENOTDIR' },
  ])('fails with a sentence for the arguments $args', async ({ args, message }) => {
    const { code, stdout, stderr } = await runCommand(await temporaryFolder(), ['import', ...args]);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain('    at ');
  });
});

describe('kill -9 of an import', () => {
  const PICTURES = 12;

  /** Kills two runs when some pictures are live. @returns the report of the third run. */
  async function importInThreeRuns(folder: string, env: Readonly<Record<string, string>> = {}) {
    const photos = await manyPictures(PICTURES);
    for (const enough of [1, PICTURES / 2]) {
      const running = startCommand(folder, ['import', photos], { ...TIMEOUT, env });
      await expect.poll(() => liveIn(folder), { ...TIMEOUT, interval: 5 }).toBeGreaterThanOrEqual(enough);
      await running.kill();
    }
    const { code, stdout } = await runCommand(folder, ['import', photos, '--json'], { ...TIMEOUT, env });
    const { entries, finished, imported, known } = JSON.parse(stdout);
    expect({ code, entries, finished, total: imported + known }).toEqual({
      ...{ code: 0, entries: [], finished: true, total: PICTURES },
    });
    expect(imported).toBeGreaterThan(0);
    expect(known).toBeGreaterThanOrEqual(PICTURES / 2);
    expect(countPictures(folder)).toEqual([{ state: 'live', pictures: PICTURES, users: PICTURES }]);
  }

  function liveIn(folder: string): number {
    try {
      return countPictures(folder).find(({ state }) => state === 'live')?.pictures ?? 0;
    } catch {
      // The database does not exist yet.
      return 0;
    }
  }

  it('loses and duplicates nothing when another run continues', async () => {
    const folder = await temporaryFolder();
    await importInThreeRuns(folder);
    await expectNothingLost(folder, []);
  });

  it('loses and duplicates nothing in a bucket', async () => {
    const folder = await temporaryFolder();
    const store = await startS3Store();
    atTestEnd(() => store[Symbol.asyncDispose]());
    await importInThreeRuns(folder, environmentOfS3(store, { prefix: 'import' }));
    // Each picture of 500 x 333 pixels has three renditions in two formats.
    expect(await store.keys('import/')).toHaveLength(PICTURES * 6);
  });
});
