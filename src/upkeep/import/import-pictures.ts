import {
  PictureExistsError,
  PictureNotPendingError,
  UserBeingDeletedError,
  UserDeletedError,
} from '../../database/errors.ts';
import {
  DecoderKilledError,
  ImageTooSmallError,
  TooManyPixelsError,
  UnreadableImageError,
  UnsupportedFileTypeError,
} from '../../imaging/errors.ts';
import { FileMissingError, FileTooLargeError } from '../../multipart/errors.ts';
import { InvalidInputError } from '../../pictures/errors.ts';
import type { ImportEntry, ImportSource } from './import-entry.ts';
import { type ImportOptions, type ImportOutcome, type ImportParts, importPicture } from './import-picture.ts';

export interface ImportReporter {
  /** Called for each entry, with its outcome or with the error that refused it. */
  onEntry(entry: ImportEntry, outcome: ImportOutcome | Error): void;
  /** Called at the start and after each entry. */
  onProgress(done: number, total: number): void;
}

/** Errors that concern one entry. Any other error ends the import, because it would affect every entry. */
const REFUSALS = [
  InvalidInputError,
  FileMissingError,
  FileTooLargeError,
  UnsupportedFileTypeError,
  UnreadableImageError,
  TooManyPixelsError,
  ImageTooSmallError,
  DecoderKilledError,
  PictureExistsError,
  PictureNotPendingError,
  UserBeingDeletedError,
  UserDeletedError,
];

/**
 * Imports all entries of a source. A second run continues where the first one was interrupted. Rejects with the first
 * error that is not a refusal, after the entries in progress have ended.
 * @param concurrency entries in progress at once. Only these are in memory, and the ids of the users so far.
 */
export async function importPictures(
  parts: ImportParts,
  source: ImportSource,
  options: ImportOptions & ImportReporter & { readonly concurrency: number },
): Promise<void> {
  const places = new Map<string, string>();
  const entries = source.entries()[Symbol.asyncIterator]();
  let done = 0;
  let failed = false;
  options.onProgress(done, source.total);

  async function importNext(): Promise<boolean> {
    const { value: entry, done: ended } = await entries.next();
    if (ended === true) {
      return false;
    }
    options.onEntry(entry, await refusalOr(() => importOnce(entry)));
    done += 1;
    options.onProgress(done, Math.max(done, source.total));
    return !failed;
  }

  async function importOnce(entry: ImportEntry): Promise<ImportOutcome> {
    if (entry.userId !== null) {
      const earlier = places.get(entry.userId);
      if (earlier !== undefined) {
        throw new InvalidInputError(
          `The user has another picture in this import: ${earlier}. Remove one of the two.`,
        );
      }
      places.set(entry.userId, entry.line === undefined ? entry.file : `line ${entry.line}`);
    }
    return await importPicture(parts, entry, options);
  }

  async function work(): Promise<void> {
    try {
      while (await importNext()) {}
    } catch (error) {
      failed = true;
      throw error;
    }
  }

  const workers = await Promise.allSettled(Array.from({ length: options.concurrency }, work));
  await entries.return?.();
  const failure = workers.find((worker) => worker.status === 'rejected');
  if (failure !== undefined) {
    throw failure.reason;
  }
}

/** Resolves with the error if it is a refusal. */
async function refusalOr<T>(run: () => Promise<T>): Promise<T | Error> {
  try {
    return await run();
  } catch (error) {
    const refusal = REFUSALS.find((errorClass) => error instanceof errorClass);
    if (refusal === undefined) {
      throw error;
    }
    return error as Error;
  }
}
