import { createReadStream } from 'node:fs';
import { appendFile, copyFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseConfig } from '../../../src/config/load-config.ts';
import { DatabaseClosedError, PictureExistsError } from '../../../src/database/errors.ts';
import { openPictureParts } from '../../../src/open-picture-parts.ts';
import { openStores } from '../../../src/open-stores.ts';
import { removePicture } from '../../../src/pictures/remove-picture.ts';
import { replacePicture } from '../../../src/pictures/replace-picture.ts';
import { prepareStores } from '../../../src/prepare-stores.ts';
import { picturePath as storagePath } from '../../../src/storage/storage.ts';
import { createLogger } from '../../../src/telemetry/logger.ts';
import type { ImportEntry } from '../../../src/upkeep/import/import-entry.ts';
import type { ImportOutcome } from '../../../src/upkeep/import/import-picture.ts';
import { importPictures } from '../../../src/upkeep/import/import-pictures.ts';
import { picturePath } from '../../support/pictures.ts';
import { environmentFor } from '../../support/portrait.ts';
import { makeTemporaryFolder } from '../../support/temporary-folder.ts';
import { writerOf } from '../../support/writers.ts';

const PHOTO = picturePath('photo.webp');
const OTHER = picturePath('cmyk.jpg');
const MAX_BYTES = 5_000_000;

let folder: string;
let parts: ReturnType<typeof openPictureParts>;
const cleanup = new AsyncDisposableStack();

beforeAll(async () => {
  folder = cleanup.use(await makeTemporaryFolder()).path;
  const config = parseConfig(environmentFor(folder));
  const logger = createLogger('silent');
  const stores = cleanup.use(await openStores(config, true, logger));
  await prepareStores(config, stores, logger);
  parts = cleanup.use(openPictureParts(config, stores, logger));
});
afterAll(() => cleanup.disposeAsync());

interface RunOptions {
  readonly dryRun?: boolean;
  readonly replace?: boolean;
  readonly database?: typeof parts.database;
}

/** Imports entries one after the other. @returns the outcome or the error of each. */
async function run(entries: Partial<ImportEntry>[], options: RunOptions = {}) {
  const outcomes: (ImportOutcome | Error)[] = [];
  const complete = entries.map((entry): ImportEntry => {
    const path = entry.path ?? PHOTO;
    return { file: path, line: undefined, path, userId: 'x', name: null, altText: undefined, ...entry };
  });
  await importPictures(
    { ...parts, database: options.database ?? parts.database, maxBytes: MAX_BYTES },
    { total: entries.length, entries: () => Readable.from(complete) },
    {
      dryRun: options.dryRun ?? false,
      replace: options.replace ?? false,
      concurrency: 1,
      maxAttempts: 1,
      onEntry: (_, outcome) => outcomes.push(outcome),
      onProgress() {},
    },
  );
  return outcomes;
}

async function userOf(id: string) {
  return (await parts.database.findUsers([id])).get(id);
}

/** Uploads a picture as the user does. @param pictureId by default, a new id. */
async function upload(userId: string, path: string, pictureId?: string): Promise<void> {
  await replacePicture(parts, {
    ...(pictureId !== undefined && { pictureId }),
    author: writerOf(userId, 'From the token'),
    limit: async () => {},
    upload: {
      open: async () => ({ fileName: 'photo.webp', mediaType: '', stream: createReadStream(path) }),
    },
    crop: undefined,
    altText: 'A lighthouse',
    signal: new AbortController().signal,
  });
}

it('An imported picture equals an uploaded one, except for its id and its path', async () => {
  await upload('uploader', PHOTO);
  expect(await run([{ userId: 'imported', altText: ' A lighthouse ' }])).toEqual(['imported']);
  const [uploaded, imported] = [(await userOf('uploader'))?.picture, (await userOf('imported'))?.picture];
  const generated = ['id', 'path', 'userId', 'acceptedAt'] as const;
  const withoutGenerated = (picture: typeof uploaded) =>
    Object.fromEntries(
      Object.entries(picture ?? {}).filter(([name]) => !generated.some((other) => other === name)),
    );
  expect(withoutGenerated(imported)).toEqual(withoutGenerated(uploaded));
  expect(await parts.storage.checksums(imported?.path ?? '')).toEqual(
    await parts.storage.checksums(uploaded?.path ?? ''),
  );
  // A path is never used twice, so it does not depend on the id, which is always the same.
  expect(imported?.path).not.toBe(storagePath(imported?.id ?? ''));
});

it('A second import leaves alone what users have changed since, unless it may replace pictures', async () => {
  const entries = ['same', 'removed', 'replaced'].map((userId) => ({ userId }));
  expect(await run(entries)).toEqual(['imported', 'imported', 'imported']);
  await removePicture(parts, writerOf('removed'), { permanently: false });
  await upload('replaced', OTHER);
  const replacement = (await userOf('replaced'))?.picture?.id;
  expect(await run(entries, { replace: true })).toEqual(['known', 'known', 'known']);
  expect((await userOf('removed'))?.picture).toBeNull();
  expect((await userOf('replaced'))?.picture?.id).toBe(replacement);

  const others = entries.map((entry) => ({ ...entry, path: OTHER }));
  expect(await run(others, { dryRun: true })).toEqual(['kept', 'imported', 'kept']);
  expect((await userOf('removed'))?.picture).toBeNull();
  expect(await run(others)).toEqual(['kept', 'imported', 'kept']);
  expect(await run(others, { replace: true })).toEqual(['imported', 'known', 'imported']);
  expect((await userOf('same'))?.picture?.fileName).toBe('cmyk.jpg');
});

it('An import keeps the picture that a user uploads meanwhile, unless it may replace pictures', async () => {
  const findUsers: typeof parts.database.findUsers = async (ids) => {
    const users = await parts.database.findUsers(ids);
    await upload('hasty', OTHER);
    return users;
  };
  const database = { ...parts.database, findUsers };
  expect(await run([{ userId: 'hasty' }], { database })).toEqual(['kept']);
  const kept = (await userOf('hasty'))?.picture;
  expect(kept?.altText).toBe('A lighthouse');
  expect(await run([{ userId: 'hasty' }], { database, replace: true })).toEqual(['imported']);
  expect((await userOf('hasty'))?.picture?.id).not.toBe(kept?.id);
});

it('An import names only users without a name', async () => {
  await upload('named', PHOTO);
  await removePicture(parts, writerOf('named'), { permanently: false });
  await run([
    { userId: 'named', name: 'From the CSV', path: OTHER },
    { userId: 'unnamed', name: 'From the CSV' },
  ]);
  expect((await userOf('named'))?.name).toBe('From the token');
  expect((await userOf('unnamed'))?.name).toBe('From the CSV');
});

it('An import refuses each entry that an upload would refuse, and goes on', async () => {
  const sources = join(folder, 'sources');
  await mkdir(sources);
  await writeFile(join(sources, 'empty.jpg'), '');
  await writeFile(join(sources, 'large.jpg'), Buffer.alloc(MAX_BYTES + 1));
  await copyFile(PHOTO, join(sources, 'a.exe'));
  const outcomes = await run(
    [
      { userId: '', path: PHOTO },
      { userId: 'x'.repeat(256) },
      { userId: 'a\0b' },
      { userId: null, fault: 'The name is wrong. Correct it.' },
      { userId: 'a', name: 'x'.repeat(256) },
      { userId: 'b', altText: 'x'.repeat(501) },
      { userId: 'c', path: join(sources, 'missing.jpg') },
      { userId: 'd', path: join(sources, 'empty.jpg') },
      { userId: 'e', path: sources },
      { userId: 'f', path: join(sources, 'large.jpg') },
      { userId: 'l', path: join(sources, 'a.exe') },
      { userId: 'g', path: picturePath('photo.heic') },
      { userId: 'h', path: picturePath('truncated.jpg') },
      { userId: 'i', path: picturePath('display-p3.png') },
      { userId: 'j', path: `${PHOTO}\0` },
      { userId: 'k', file: 'first.jpg' },
      { userId: 'k', file: 'second.jpg' },
    ],
    { dryRun: true },
  );
  expect(outcomes.map((outcome) => (outcome instanceof Error ? outcome.name : outcome))).toEqual([
    ...Array(6).fill('InvalidInputError'),
    ...Array(3).fill('FileMissingError'),
    'FileTooLargeError',
    ...Array(2).fill('UnsupportedFileTypeError'),
    'UnreadableImageError',
    'ImageTooSmallError',
    'FileMissingError',
    'imported',
    'InvalidInputError',
  ]);
  expect((outcomes.at(-1) as Error).message).toContain('first.jpg');
  expect(await parts.database.findUsers([...'abcdefghijkl'])).toEqual(new Map());
  expect((await readdir(join(folder, 'uploads'))).filter((name) => name !== '.lock')).toEqual([]);
});

it('An import does not touch a picture that another process is importing', async () => {
  await run([{ userId: 'shared' }]);
  const id = (await userOf('shared'))?.picture?.id as string;
  await removePicture(parts, writerOf('shared'), { permanently: true });
  const acceptedAt = new Date();
  const pending = {
    id,
    path: storagePath(id),
    userId: 'shared',
    fileName: 'a.webp',
    altText: null,
    acceptedAt,
  };
  await parts.database.accept(pending, writerOf('shared'));
  expect(await run([{ userId: 'shared' }])).toEqual([expect.any(PictureExistsError)]);
  // The other process can also accept its picture after this one has looked for it.
  await expect(upload('shared', PHOTO, id)).rejects.toThrow(PictureExistsError);
  expect(await parts.database.stateOf(id)).toBe('pending');
  await parts.database.abandon(id);
});

it('An import finishes what another process left of a picture, and then imports it', async () => {
  await run([{ userId: 'left' }]);
  await parts.database.beginDeletion(writerOf('left'));
  expect(await run([{ userId: 'left' }], { dryRun: true })).toEqual(['imported']);
  expect(await run([{ userId: 'left' }])).toEqual(['imported']);
  expect((await userOf('left'))?.picture?.fileName).toBe('photo.webp');
});

it('An import refuses a file that changes meanwhile, and the next import finds what it imports', async () => {
  const path = join(folder, 'changing.webp');
  await copyFile(PHOTO, path);
  // Portrait searches for the user after it has computed the id of the picture.
  const findUsers: typeof parts.database.findUsers = async (ids) => {
    await appendFile(path, 'x');
    return await parts.database.findUsers(ids);
  };
  const [refusal] = await run([{ userId: 'changed', path }], { database: { ...parts.database, findUsers } });
  expect((refusal as Error).message).toBe('The file changed during the import. Import it again.');
  expect(await run([{ userId: 'changed', path }])).toEqual(['imported']);
  expect(await run([{ userId: 'changed', path }])).toEqual(['known']);
});

it('An import ends at an error that would affect every entry', async () => {
  await using other = await makeTemporaryFolder();
  const stores = await openStores(parseConfig(environmentFor(other.path)), true, createLogger('silent'));
  await stores[Symbol.asyncDispose]();
  const { database } = stores;
  await expect(run([{ userId: 'one' }, { userId: 'two' }], { database })).rejects.toThrow(
    DatabaseClosedError,
  );
});
