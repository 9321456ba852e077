import { randomBytes } from 'node:crypto';
import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { NewPicture, PictureDetails } from '../database/database.ts';
import { PictureExistsError } from '../database/errors.ts';
import { maxPixelsOf } from '../imaging/accepted-types.ts';
import type { Crop } from '../imaging/inspect.ts';
import type { IncomingFile, Upload } from '../multipart/upload.ts';
import { asStorageError, StorageBusyError } from '../storage/errors.ts';
import { picturePath, type Staging } from '../storage/storage.ts';
import { checkAltText } from './alt-text.ts';
import { type Author, recordChange } from './audit.ts';
import { checkUploadAllowed } from './block-uploads.ts';
import { InvalidCropError } from './errors.ts';
import { checkFileName, displayedFileName } from './file-name.ts';
import type { PictureParts } from './picture-parts.ts';
import { type ReceivedFile, receiveFile } from './receive-file.ts';
import { deletePictures } from './remove-picture.ts';

export interface PictureUpload {
  readonly author: Author;
  /** Counts the upload before the server reads the file. Rejects with RateLimitedError if there were too many. */
  readonly limit: () => Promise<void>;
  readonly upload: Pick<Upload, 'open'>;
  /** Id of the new picture. By default, the server generates one. */
  readonly pictureId?: string;
  /** True to reject with PictureKeptError instead of replacing a picture; see `settle` of the database. */
  readonly yields?: boolean;
  /** Part of the picture to use. By default, the server chooses the square that draws the most attention. */
  readonly crop: Crop | undefined;
  readonly altText: string | undefined;
  /** Aborted when the client disconnects. Ignored once the last commit has begun. */
  readonly signal: AbortSignal;
}

/** A received file and the picture that it will become. */
interface Candidate {
  readonly picture: NewPicture;
  readonly author: Author;
  readonly file: ReceivedFile;
  readonly crop: Crop | undefined;
  readonly yields: boolean;
  readonly signal: AbortSignal;
  /** See {@link PictureDatabase.countDeletions}. */
  readonly deletions: number;
}

/** Tolerance for rounding errors, because clients compute values such as `1 - width`. Far below one pixel. */
const CROP_TOLERANCE = 1e-9;

/**
 * Makes an upload its user's picture. When this resolves, the picture is durable and the previous one is in the trash.
 * When it rejects, the user's picture is unchanged. After a DatabaseBusyError, the outcome of the last commit is unknown,
 * and a later sweep settles the upload. If two uploads run at once, the one accepted later wins, and the other goes to
 * the trash. Rejects with InvalidCropError, InvalidInputError, UploadsBlockedError, RateLimitedError, PictureExistsError
 * if the database has a picture with the given id, or the errors of multipart/, imaging/, storage/ and database/.
 */
export async function replacePicture(parts: PictureParts, request: PictureUpload): Promise<void> {
  checkCrop(request.crop);
  const altText = request.altText === undefined ? null : checkAltText(request.altText);
  // Check this before reading a file that could not be stored. An upload that fails here does not count.
  await Promise.all([parts.database.checkWritable(), checkUploadAllowed(parts, request.author)]);
  await request.limit();
  const { subject } = request.author;
  const upload = async (ended: AbortSignal) => {
    // If the user is deleted from now on, this upload must not create the user again.
    const deletions = await parts.database.countDeletions(subject);
    ended.throwIfAborted();
    await receiveAndStore(parts, request, { altText, deletions, ended });
  };
  try {
    await parts.pendingWork.track(parts.runningUploads.run(subject, upload));
  } catch (error) {
    throw asStorageError(error);
  }
}

async function receiveAndStore(
  parts: PictureParts,
  { upload, author, crop, signal, pictureId, yields = false }: PictureUpload,
  { altText, deletions, ended }: { altText: string | null; deletions: number; ended: AbortSignal },
): Promise<void> {
  const file = await receive(parts, upload, ended);
  try {
    const newId = `pic_${randomBytes(16).toString('hex')}`;
    const picture: NewPicture = {
      id: pictureId ?? newId,
      // A path is never reused, even if the caller imports a picture again after its permanent removal.
      path: picturePath(newId),
      userId: author.subject,
      fileName: displayedFileName(file.name, file.type.extensions[0]),
      altText,
      acceptedAt: new Date(),
    };
    const either = AbortSignal.any([signal, ended]);
    await store(parts, { picture, author, file, crop, yields, signal: either, deletions });
  } catch (error) {
    await deleteUpload(file);
    throw error;
  }
}

/**
 * Receives the file from the socket, if its name can be that of a picture. If it rejects, it leaves no file.
 * @param ended ends the reception with its reason.
 */
async function receive(
  parts: PictureParts,
  upload: PictureUpload['upload'],
  ended: AbortSignal,
): Promise<ReceivedFile & { readonly name: string }> {
  const { fileName: name = '', stream } = await openUnlessEnded(upload, ended);
  const end = () => void stream.destroy(ended.reason);
  ended.addEventListener('abort', end, { once: true });
  try {
    checkFileName(name, parts.acceptedTypes);
    const prefix = join(parts.uploadsDirectory, `${parts.database.instance}-`);
    return { ...(await receiveFile(stream, prefix, parts.acceptedTypes)), name };
  } catch (error) {
    stream.destroy();
    throw error;
  } finally {
    ended.removeEventListener('abort', end);
  }
}

/** Opens an upload. Rejects with the signal's reason if that comes first, and then discards the file. */
async function openUnlessEnded(upload: PictureUpload['upload'], ended: AbortSignal): Promise<IncomingFile> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const end = () => reject(ended.reason);
  ended.addEventListener('abort', end, { once: true });
  const opened = upload.open();
  try {
    return await Promise.race([opened, aborted]);
  } catch (error) {
    opened.then(
      ({ stream }) => stream.destroy(),
      () => {},
    );
    throw error;
  } finally {
    ended.removeEventListener('abort', end);
  }
}

/** Renders a file and makes the result the user's picture. If it rejects, it leaves no files. */
async function store(parts: PictureParts, candidate: Candidate): Promise<void> {
  const { picture, author, file, crop, signal } = candidate;
  const staging = await parts.storage.stage(picture.path);
  try {
    const rendering = parts.imaging.render(
      {
        inputPath: file.path,
        outputDirectory: staging.directory,
        format: file.type.format,
        maxPixels: maxPixelsOf(file.type, parts.maxPixels),
        sync: staging.syncFiles,
        ...(crop && { crop }),
      },
      // The work counts against the user who asked for it.
      { user: author.actor ?? author.subject, signal },
    );
    // Yield one event-loop turn so that the decoder gets its job before SQLite's commit blocks this process. If the
    // queue is full, the rendering has rejected by then, and no commit is needed.
    await Promise.race([rendering, setImmediate()]);
    await acceptAndSettle(parts, candidate, staging, rendering);
  } catch (error) {
    await staging.discard();
    throw error;
  }
}

/** Takes a picture from `pending` to `live`, or rolls it back. */
async function acceptAndSettle(
  parts: PictureParts,
  { picture, author, file, yields, signal, deletions }: Candidate,
  staging: Staging,
  rendering: Promise<PictureDetails>,
): Promise<void> {
  try {
    // The decoder works while the database commits. The row is committed before the files are published.
    const [acceptance, rendered] = await Promise.allSettled([
      parts.database.accept(picture, author, deletions),
      rendering,
    ]);
    if (acceptance.status === 'rejected') {
      throw acceptance.reason;
    }
    if (rendered.status === 'rejected') {
      throw rendered.reason;
    }
    await Promise.all([staging.publish(), deleteUpload(file)]);
    // If the client disconnected during rendering, or the user was deleted, don't make the picture live.
    signal.throwIfAborted();
    const settled = await parts.database.settle(picture.id, author.actor, rendered.value, new Date(), yields);
    parts.deletionQueue.add(settled.evicted);
    if (settled.state === 'live') {
      recordChange(parts.logger, author, 'profile_picture.updated', picture.id);
    }
  } catch (error) {
    // The picture with this id belongs to another process. Nothing of this one is published.
    if (error instanceof PictureExistsError) {
      throw error;
    }
    const state = await rollBackUnlessCommitted(parts, picture, error);
    if (state === 'live') {
      recordChange(parts.logger, author, 'profile_picture.updated', picture.id);
    } else if (state !== 'trash') {
      throw error;
    }
  }
}

/** Deletes a received file. Never rejects, so that it cannot fail the upload. The next start deletes what is left. */
async function deleteUpload({ path }: ReceivedFile): Promise<void> {
  await unlink(path).catch(() => {});
}

/**
 * Removes the files and the row of a picture that did not go live. A later sweep retries failures.
 * @param error the error that failed the upload.
 * @returns the state of the picture if the last commit took effect and only its confirmation was lost. Else undefined.
 */
async function rollBackUnlessCommitted(
  parts: PictureParts,
  { id, path }: NewPicture,
  error: unknown,
): Promise<'live' | 'trash' | undefined> {
  try {
    const state = await parts.database.abandon(id);
    // Now it is certain that these files will never go live.
    if (state === 'deleting') {
      // After a StorageBusyError, files may still appear. So the row stays, and a later sweep deletes the files again.
      await (error instanceof StorageBusyError
        ? parts.storage.delete([path])
        : deletePictures(parts, [{ id, path }]));
    } else if (state === null) {
      // If another server took this one for ended and deleted the row, files may have been published since.
      await parts.storage.delete([path]);
    }
    return state === 'live' || state === 'trash' ? state : undefined;
  } catch (fault) {
    parts.pendingCleanup.add(id);
    parts.logger.error(
      { err: fault, picture: id },
      'Could not clean up after a failed upload; a later sweep retries',
    );
    return undefined;
  }
}

function checkCrop(crop: Crop | undefined): void {
  if (crop === undefined) {
    return;
  }
  const { x, y, width, height } = crop;
  const inside = x >= 0 && y >= 0 && x + width <= 1 + CROP_TOLERANCE && y + height <= 1 + CROP_TOLERANCE;
  if (!inside || width <= 0 || height <= 0) {
    throw new InvalidCropError();
  }
}
