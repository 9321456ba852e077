import { randomBytes } from 'node:crypto';
import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import type { Viewer } from '../auth/viewer.ts';
import type { NewPicture, PictureDetails } from '../database/database.ts';
import { type AcceptedType, maxPixelsOf } from '../imaging/accepted-types.ts';
import { checkExtension } from '../imaging/detect-type.ts';
import type { Crop } from '../imaging/inspect.ts';
import type { Upload } from '../multipart/upload.ts';
import { asStorageError, StorageBusyError } from '../storage/errors.ts';
import { picturePath, type Staging } from '../storage/storage.ts';
import { checkAltText } from './alt-text.ts';
import { InvalidCropError } from './errors.ts';
import type { PictureParts } from './picture-parts.ts';
import { type ReceivedFile, receiveFile } from './receive-file.ts';
import { deletePictures } from './remove-picture.ts';
import { secureFileName } from './secure-file-name.ts';

export interface PictureUpload {
  readonly viewer: Viewer;
  readonly upload: Upload;
  /** Without it the square is chosen by what draws attention. */
  readonly crop: Crop | undefined;
  readonly altText: string | undefined;
  /** Aborted when the client has left. Heeded until the last commit begins, not after. */
  readonly signal: AbortSignal;
}

/** A file that was received and is to become a picture. */
interface Candidate {
  readonly picture: NewPicture;
  readonly userName: string | null;
  readonly file: ReceivedFile;
  readonly crop: Crop | undefined;
  readonly signal: AbortSignal;
}

/** Four rounding errors of a double are far below a pixel, and clients do compute `1 - width`. */
const CROP_TOLERANCE = 1e-9;

/**
 * Makes an upload its user's picture. When this resolves, the picture is durable and the one before it is in the
 * trash; when it rejects, nothing has changed. Of two uploads at once the later accepted one wins, and the other
 * goes to the trash. Rejects with the errors of multipart/, imaging/, storage/ and database/, with
 * InvalidCropError and InvalidInputError.
 */
export async function replacePicture(parts: PictureParts, request: PictureUpload): Promise<void> {
  checkCrop(request.crop);
  const altText = request.altText === undefined ? null : checkAltText(request.altText);
  // Before the file is read: it would be in vain.
  await parts.database.checkWritable();
  try {
    await parts.pendingWork.track(receiveAndStore(parts, request, altText));
  } catch (error) {
    throw asStorageError(error);
  }
}

async function receiveAndStore(
  parts: PictureParts,
  { upload, viewer, crop, signal }: PictureUpload,
  altText: string | null,
): Promise<void> {
  const { fileName = '', stream } = await upload.open();
  const file = await receive(parts, fileName, stream);
  try {
    const id = `pic_${randomBytes(16).toString('hex')}`;
    const picture: NewPicture = {
      id,
      path: picturePath(id),
      userId: viewer.id,
      fileName: secureFileName(fileName, file.type.extensions[0]),
      altText,
      acceptedAt: new Date(),
    };
    await store(parts, { picture, userName: viewer.name, file, crop, signal });
  } catch (error) {
    await deleteUpload(file);
    throw error;
  }
}

/** Takes the file from the socket, if its name may be that of a picture. Nothing is left when it rejects. */
async function receive(parts: PictureParts, fileName: string, stream: Readable): Promise<ReceivedFile> {
  try {
    checkFileName(fileName, parts.acceptedTypes);
    const prefix = join(parts.uploadsDirectory, `${parts.database.instance}-`);
    return await receiveFile(stream, prefix, parts.acceptedTypes);
  } catch (error) {
    stream.destroy();
    throw error;
  }
}

/** Renders a file, and makes what comes of it the user's picture; or nothing is left. */
async function store(parts: PictureParts, candidate: Candidate): Promise<void> {
  const { picture, file, crop, signal } = candidate;
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
      { user: picture.userId, signal },
    );
    // A turn: SQLite's commits block this process, and the decoder is to have its job first. What a full queue refuses
    // is refused by then, and costs no commit.
    await Promise.race([rendering, setImmediate()]);
    await acceptAndSettle(parts, candidate, staging, rendering);
  } catch (error) {
    await staging.discard();
    throw error;
  }
}

/** From `pending` to `live`, or back to where it was. */
async function acceptAndSettle(
  parts: PictureParts,
  { picture, userName, file, signal }: Candidate,
  staging: Staging,
  rendering: Promise<PictureDetails>,
): Promise<void> {
  try {
    // The decoder works while the database commits; what is published later is known to the database by then.
    const [acceptance, rendered] = await Promise.allSettled([
      parts.database.accept(picture, userName),
      rendering,
    ]);
    if (acceptance.status === 'rejected') {
      throw acceptance.reason;
    }
    if (rendered.status === 'rejected') {
      throw rendered.reason;
    }
    await Promise.all([staging.publish(), deleteUpload(file)]);
    // Who left while the picture was made wanted it no more, or could not be told of it.
    signal.throwIfAborted();
    const { evicted } = await parts.database.settle(picture.id, rendered.value, new Date());
    parts.deletionQueue.add(evicted);
  } catch (error) {
    if (!(await rollBackUnlessCommitted(parts, picture, error))) {
      throw error;
    }
  }
}

/** Never fails the upload that it belongs to: what cannot be deleted, the next start clears. */
async function deleteUpload({ path }: ReceivedFile): Promise<void> {
  await unlink(path).catch(() => {});
}

/**
 * Takes back what was made of a picture that did not go live. What fails here, a later sweep clears.
 * @param error that the upload met.
 * @returns true if it did: the last commit went through, and only the word of it was lost.
 */
async function rollBackUnlessCommitted(
  parts: PictureParts,
  { id, path }: NewPicture,
  error: unknown,
): Promise<boolean> {
  try {
    const state = await parts.database.abandon(id);
    // Only now is it sure that nothing will ever name these files.
    if (state === 'deleting') {
      // What the storage did not answer to may arrive there even now: the row stays, and a later sweep deletes again.
      await (error instanceof StorageBusyError
        ? parts.storage.delete([path])
        : deletePictures(parts, [{ id, path }]));
    }
    return state === 'live' || state === 'trash';
  } catch (fault) {
    parts.pendingCleanup.add(id);
    parts.logger.error(
      { err: fault, picture: id },
      'A failed upload could not be cleared; a later sweep will do it',
    );
    return false;
  }
}

/**
 * Checks a name as the client sent it and as it will be shown, because the shown name can have another extension.
 * Throws UnsupportedFileTypeError.
 */
function checkFileName(name: string, types: readonly AcceptedType[]): void {
  checkExtension(name, types);
  // What was a blank in the name is an underscore now, and must not count as a part of an extension either.
  checkExtension(secureFileName(name, '').replaceAll('_', ' '), types);
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
