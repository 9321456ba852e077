import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { isUserId, MAX_NAME_LENGTH, USER_ID_RULE } from '../../auth/viewer.ts';
import { PictureExistsError, PictureKeptError } from '../../database/errors.ts';
import { checkAltText } from '../../pictures/alt-text.ts';
import { InvalidInputError } from '../../pictures/errors.ts';
import { checkFileName } from '../../pictures/file-name.ts';
import type { PictureParts } from '../../pictures/picture-parts.ts';
import { replacePicture } from '../../pictures/replace-picture.ts';
import type { ImportEntry } from './import-entry.ts';
import { importedPictureId, verifyPictureId } from './imported-picture-id.ts';
import { isUnfinished, settledStateOf } from './settled-state.ts';
import { explainReadError, openSourceFile, readFrom } from './source-file.ts';
import { tryRendering } from './try-rendering.ts';

/** Dependencies of an import. */
export interface ImportParts extends PictureParts {
  /** Maximum size of a file in bytes, inclusive. */
  readonly maxBytes: number;
}

export interface ImportOptions {
  /** True to check and decode every file, but change nothing. */
  readonly dryRun: boolean;
  /** True to replace the pictures of users who already have one. */
  readonly replace: boolean;
  /** See {@link settledStateOf}. */
  readonly maxAttempts?: number;
}

/**
 * - imported: the picture is live. In a dry run: it could be imported.
 * - known: an earlier import made the picture live, even if it was replaced or removed since.
 * - kept: the user has another picture, which stays.
 */
export type ImportOutcome = 'imported' | 'known' | 'kept';

/**
 * Imports one picture through the steps of an upload, as the operator's own change. Rejects with InvalidInputError,
 * FileMissingError, FileTooLargeError, PictureExistsError, or the errors of {@link replacePicture}.
 */
export async function importPicture(
  parts: ImportParts,
  entry: ImportEntry,
  options: ImportOptions,
): Promise<ImportOutcome> {
  checkFileName(basename(entry.path), parts.acceptedTypes);
  const { userId, altText } = checkEntry(entry);
  await using file = await openSourceFile(entry.path, parts.maxBytes);
  const id = await explainReadError(() => importedPictureId(userId, readFrom(file, parts.maxBytes)));
  // A dry run must not clear leftovers.
  const state = await settledStateOf(parts, id, options.dryRun ? 0 : options.maxAttempts);
  if (state === 'live' || state === 'trash') {
    return 'known';
  }
  if (isUnfinished(state) && !options.dryRun) {
    throw new PictureExistsError();
  }
  const user = (await parts.database.findUsers([userId])).get(userId);
  if (user?.picture != null && !options.replace) {
    return 'kept';
  }
  if (options.dryRun) {
    await tryRendering(parts, entry.path, file, userId);
    return 'imported';
  }
  try {
    await replacePicture(parts, {
      // A name from the user's token is newer than one from the source.
      author: { subject: userId, actor: null, name: user?.name == null ? entry.name : null },
      limit: async () => {},
      upload: {
        open: async () => ({
          fileName: basename(entry.path),
          mediaType: '',
          stream: Readable.from(verifyPictureId(id, userId, readFrom(file, parts.maxBytes))),
        }),
      },
      crop: undefined,
      altText,
      signal: new AbortController().signal,
      pictureId: id,
      yields: !options.replace,
    });
    return 'imported';
  } catch (error) {
    // The user uploaded a picture after the search.
    if (error instanceof PictureKeptError) {
      return 'kept';
    }
    throw error;
  }
}

/** Checks everything about an entry except its file. Throws InvalidInputError. */
function checkEntry({ userId, fault, name, altText }: ImportEntry) {
  if (userId === null) {
    throw new InvalidInputError(fault ?? 'The entry has no user id. Add one.');
  }
  if (!isUserId(userId)) {
    throw new InvalidInputError(`The user id must have ${USER_ID_RULE}. Correct it.`);
  }
  if (name !== null && name.length > MAX_NAME_LENGTH) {
    throw new InvalidInputError(
      `The name has ${name.length} characters. Shorten it to at most ${MAX_NAME_LENGTH}.`,
    );
  }
  return { userId, altText: altText === undefined ? undefined : checkAltText(altText) };
}
