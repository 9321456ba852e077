import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { MovableDatabase, StoredPicture, StoredUser } from '../database/movable.ts';
import type { PictureStorage } from '../storage/storage.ts';
import { syncDirectory } from '../storage/sync-directory.ts';
import { ExportRefusedError } from './errors.ts';

export interface ExportSource {
  readonly database: Pick<MovableDatabase, 'usersById' | 'picturesOf'>;
  readonly storage: Pick<PictureStorage, 'copyTo' | 'exists'>;
}

export interface ExportOptions {
  /** Absolute path. Created if it is missing. */
  readonly folder: string;
  /** True to write nothing. */
  readonly dryRun: boolean;
  /** Called before each picture and at the end, with the number of pictures that are done and the total. */
  readonly onProgress: (done: number, total: number) => void;
}

export interface ExportReport {
  /** False if Portrait stores nothing about the user. Then nothing was written. */
  readonly known: boolean;
  /** Number of the user's pictures, including those in the trash, without those that were deleted meanwhile. */
  readonly pictures: number;
  /** Number of pictures that this run copied. */
  readonly copied: number;
  /** Number of pictures that an earlier run had already copied. */
  readonly kept: number;
  /** Ids of pictures without files. */
  readonly missing: readonly string[];
}

type Outcome = 'copied' | 'kept' | 'missing';

/** Name of the file that describes the user and the pictures. It is written last. */
const DESCRIPTION = 'user.json';

/**
 * Exports everything that is stored about a user: the files of each picture to `pictures/<id>`, the rest to `user.json`.
 * Keeps complete pictures of an earlier run, and omits pictures that are deleted meanwhile. When this resolves, a name
 * without the suffix `.partial` is a complete, durable copy.
 * Rejects with ExportRefusedError if the folder has the export of another user.
 */
export async function exportUser(
  source: ExportSource,
  userId: string,
  { folder, dryRun, onProgress }: ExportOptions,
): Promise<ExportReport> {
  const [user] = await source.database.usersById([userId]);
  const pictures = user === undefined ? [] : await source.database.picturesOf(userId);
  if (user === undefined) {
    return { known: false, pictures: 0, copied: 0, kept: 0, missing: [] };
  }
  await checkFolder(folder, userId);
  const outcomes = new Map<string, Outcome>();
  for (const picture of pictures) {
    onProgress(outcomes.size, pictures.length);
    const outcome = dryRun
      ? await expectedOutcome(source, picture, folder)
      : await copyPicture(source, picture, folder);
    outcomes.set(picture.id, outcome);
  }
  // A deletion is committed before its first file is deleted, so a picture that is still stored was copied completely.
  const storedNow = new Set((await source.database.picturesOf(userId)).map(({ id }) => id));
  const stored = pictures.filter(({ id }) => storedNow.has(id));
  if (!dryRun) {
    for (const { id } of pictures.filter((picture) => !storedNow.has(picture.id))) {
      await rm(join(folder, 'pictures', id), { recursive: true, force: true });
    }
    await writeDurably(folder, DESCRIPTION, `${JSON.stringify(describe(user, stored), undefined, 2)}\n`);
  }
  onProgress(pictures.length, pictures.length);
  const having = (wanted: Outcome) => stored.filter(({ id }) => outcomes.get(id) === wanted);
  return {
    known: true,
    pictures: stored.length,
    copied: having('copied').length,
    kept: having('kept').length,
    missing: having('missing').map(({ id }) => id),
  };
}

/** Rejects with ExportRefusedError if a folder has the export of another user. */
async function checkFolder(folder: string, userId: string): Promise<void> {
  const text = await readFile(join(folder, DESCRIPTION), 'utf8').catch(ignoreMissing);
  const described: unknown = text === undefined ? undefined : parseOrNull(text);
  const { user } = (described ?? {}) as { user?: { id?: unknown } };
  if (described !== undefined && user?.id !== userId) {
    throw new ExportRefusedError(folder);
  }
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

async function expectedOutcome(
  { storage }: ExportSource,
  { id, path }: StoredPicture,
  folder: string,
): Promise<Outcome> {
  if (await isFolder(join(folder, 'pictures', id))) {
    return 'kept';
  }
  return (await storage.exists(path)) ? 'copied' : 'missing';
}

async function copyPicture(
  { storage }: ExportSource,
  { id, path }: StoredPicture,
  folder: string,
): Promise<Outcome> {
  const target = join(folder, 'pictures', id);
  if (await isFolder(target)) {
    return 'kept';
  }
  const partial = `${target}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true });
  // Syncs each file.
  if (!(await storage.copyTo(path, partial))) {
    await rm(partial, { recursive: true });
    return 'missing';
  }
  await syncDirectory(partial);
  await rename(partial, target);
  await syncDirectory(join(folder, 'pictures'));
  return 'copied';
}

/** Replaces a file, so that it has either its earlier or its new content after a power failure. */
async function writeDurably(folder: string, name: string, text: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const partial = join(folder, `${name}.partial`);
  const file = await open(partial, 'w', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(partial, join(folder, name));
  await syncDirectory(folder);
}

function describe(user: StoredUser, pictures: readonly StoredPicture[]) {
  const { id, name, emailMd5, emailSha256, blockedAt, blockedUntil, blockReason } = user;
  return {
    user: {
      id,
      name,
      emailHashes: emailMd5 === null ? null : { md5: emailMd5, sha256: emailSha256 },
      uploadBlock: blockedAt === null ? null : { since: blockedAt, until: blockedUntil, reason: blockReason },
    },
    pictures: pictures.map((picture) => ({
      id: picture.id,
      state: picture.state,
      fileName: picture.fileName,
      altText: picture.altText,
      uploadedAt: picture.acceptedAt,
      trashedAt: picture.trashedAt,
      width: picture.width,
      height: picture.height,
      placeholder: picture.placeholder,
      dominantColor: picture.dominantColor,
      folder: `pictures/${picture.id}`,
    })),
  };
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(ignoreMissing))?.isDirectory() === true;
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') {
    throw error;
  }
}
