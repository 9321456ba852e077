import { randomBytes } from 'node:crypto';
import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { Viewer } from '../auth/viewer.ts';
import type { NewPicture, PictureDetails } from '../database/database.ts';
import { maxPixelsOf } from '../imaging/accepted-types.ts';
import { checkExtension } from '../imaging/detect-type.ts';
import type { Crop } from '../imaging/inspect.ts';
import type { Upload } from '../multipart/upload.ts';
import { asStorageError, StorageBusyError } from '../storage/errors.ts';
import { picturePath } from '../storage/storage.ts';
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

/** A file that was received and is to be made a picture. */
interface Accepted {
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
  const incoming = await request.upload.open();
  let file: ReceivedFile;
  try {
    checkFileName(incoming.fileName ?? '');
    file = await receiveFile(incoming.stream, join(parts.uploadsDirectory, `${parts.database.instance}-`));
  } catch (error) {
    incoming.stream.destroy();
    throw asStorageError(error);
  }
  try {
    const id = `pic_${randomBytes(16).toString('hex')}`;
    const { viewer, crop, signal } = request;
    const picture: NewPicture = {
      id,
      path: picturePath(id),
      userId: viewer.id,
      fileName: secureFileName(incoming.fileName ?? '', file.type.extensions[0]),
      altText,
      acceptedAt: new Date(),
    };
    await store(parts, { picture, userName: viewer.name, file, crop, signal });
  } catch (error) {
    await deleteUpload(file);
    throw error;
  }
}

/** From `pending` to `live`, or back to where it was. */
async function store(parts: PictureParts, accepted: Accepted): Promise<void> {
  try {
    const details = await renderAndPublish(parts, accepted);
    // Who left while the picture was made wanted it no more, or could not be told of it.
    accepted.signal.throwIfAborted();
    await parts.database.settle(accepted.picture.id, details, new Date());
  } catch (error) {
    if (!(await tookEffect(parts, accepted.picture, error))) {
      throw asStorageError(error);
    }
  }
}

async function renderAndPublish(parts: PictureParts, accepted: Accepted): Promise<PictureDetails> {
  const { picture, userName, file, crop, signal } = accepted;
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
      signal,
    );
    // The decoder works while the database commits; what is published later is known to the database by then.
    const [details, acceptance] = await Promise.allSettled([
      rendering,
      // A turn later: SQLite's commit blocks this process, and the decoder is to have its job first.
      setImmediate().then(() => parts.database.accept(picture, userName)),
    ]);
    if (acceptance.status === 'rejected') {
      throw acceptance.reason;
    }
    if (details.status === 'rejected') {
      throw details.reason;
    }
    await Promise.all([staging.publish(), deleteUpload(file)]);
    return details.value;
  } catch (error) {
    await staging.discard();
    throw error;
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
async function tookEffect(parts: PictureParts, { id, path }: NewPicture, error: unknown): Promise<boolean> {
  try {
    const state = await parts.database.giveUp(id);
    // Only now is it sure that nothing will ever name these files.
    if (state === 'deleting') {
      // What the storage did not answer to may arrive there even now: the row stays, and a later sweep deletes again.
      await (error instanceof StorageBusyError
        ? parts.storage.delete([path])
        : deletePictures(parts, [{ id, path }]));
    }
    return state === 'live' || state === 'trash';
  } catch (fault) {
    parts.notGivenUp.add(id);
    parts.logger.error(
      { err: fault, picture: id },
      'A failed upload could not be cleared; a later sweep will do it',
    );
    return false;
  }
}

/** Checks a name as it came and as it will be shown, which may bring an extension to light. Throws UnsupportedFileTypeError. */
function checkFileName(name: string): void {
  checkExtension(name);
  // What was a blank in the name is an underscore now, and must not count as a part of an extension either.
  checkExtension(secureFileName(name, '').replaceAll('_', ' '));
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
