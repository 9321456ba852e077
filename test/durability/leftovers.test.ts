import { existsSync } from 'node:fs';
import { appendFile, mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { picturePath } from '../../src/storage/storage.ts';
import { runCommand } from '../support/commands.ts';
import { query, uploaded, viewer } from '../support/graphql.ts';
import { expectNothingLost } from '../support/inspect-storage.ts';
import { openPictureStore } from '../support/picture-store.ts';
import { pictureFile } from '../support/pictures.ts';
import { portraitForTest } from '../support/portrait.ts';
import { BOB, EVE } from '../support/writers.ts';

/** Instance that has ended. */
const ENDED_INSTANCE = '0123456789abcdef';
const UUID = '3f2b8c1e-0000-4000-8000-000000000000';
const UNKNOWN = picturePath(`pic_3f9a${'0'.repeat(28)}`);

it('A start clears every kind of leftover, keeps every picture, and leaves unknown pictures to reconcile', async () => {
  const server = await portraitForTest();
  const { folder } = server;
  const trashed = await uploaded(server, await pictureFile('cmyk.jpg'));
  const present = await uploaded(server, await pictureFile('photo.webp'));
  const inside = (path: string) => join(folder, path);

  // Unfinished rows of every kind, with and without files, written over a separate connection.
  const store = await openPictureStore({ folder });
  const unfinished = [await store.accept('ann'), await store.accept('ann', { files: false })];
  for (const user of [BOB, EVE]) {
    unfinished.push(await store.makeLive(user.subject));
    await store.database.beginDeletion(user);
  }
  await store.storage.delete([picturePath(unfinished.at(-1) as string)]);
  // Files that were being written.
  const staged = inside(`pictures/.staging/${ENDED_INSTANCE}-${UNKNOWN.replaceAll('/', '-')}`);
  await mkdir(staged);
  await writeFile(join(staged, '64.webp'), 'half');
  for (const name of [`${ENDED_INSTANCE}-${UUID}.upload`, `${ENDED_INSTANCE}-${UUID}.spool`, 'notes.txt']) {
    await writeFile(inside(`uploads/${name}`), 'half');
  }
  // An old, half-written picture without a row.
  await mkdir(inside(`pictures/${UNKNOWN}`), { recursive: true });
  await writeFile(inside(`pictures/${UNKNOWN}/64.webp`), 'half');
  await utimes(inside(`pictures/${UNKNOWN}`), new Date(0), new Date(0));
  await server.end('SIGKILL');
  const left = ['data/portrait.db-wal', 'data/portrait.db-shm', 'data/portrait.db.lock'];
  expect(left.filter((path) => !existsSync(inside(path)))).toEqual([]);
  // Simulates the last write of a machine that lost power.
  await appendFile(inside('data/portrait.db-wal'), Buffer.alloc(5_000, 1));

  const again = await portraitForTest({ folder });
  // The log arrives through a different pipe than the line that says that the server is listening.
  await expect.poll(() => again.log()).toContain('\n');
  expect(JSON.parse(again.log())).toMatchObject({
    level: 30,
    msg: 'Deleted pictures whose upload or deletion was interrupted',
    pictures: unfinished.length,
  });
  const kept = [trashed, present].map(({ profilePicture }) => picturePath(profilePicture.id));
  expect(await again.pictures()).toEqual([...kept, UNKNOWN].sort());
  expect(await readdir(inside('pictures/.staging'))).toEqual([]);
  expect(await again.uploads()).toEqual(['notes.txt']);
  expect((await viewer(again)).profilePicture?.id).toBe(present.profilePicture.id);

  expect((await runCommand(folder, ['reconcile'])).stdout).toContain(`unknown  ${UNKNOWN}\n`);
  expect((await runCommand(folder, ['reconcile', '--delete'])).stdout).toContain('(1 deleted)');
  await expectNothingLost(folder, [trashed.profilePicture.id, present.profilePicture.id]);
  await query(again, 'mutation { restoreProfilePicture { id } }');
  expect((await viewer(again)).profilePicture?.id).toBe(trashed.profilePicture.id);
});
