import type { Readable } from 'node:stream';
import type { Checksums } from './checksums.ts';
import type { FindEndedInstances } from './clear-ended-instances.ts';

/**
 * Stores pictures. A picture is a set of files under one path. {@link picturePath} creates the path, which is never
 * reused, and its files never change. No client knows a path before the database has published it. All methods reject
 * with StorageBusyError when the storage does not respond. Methods that write reject with StorageFullError when there
 * is no space left.
 */
export interface PictureStorage {
  /** Published files, for the web server. */
  readonly files: PictureReader;
  /** Creates a private folder for the files of one picture. */
  stage(path: string): Promise<Staging>;
  /** Deletes pictures, published or not. Resolves when no files of them are left, even if there were none. */
  delete(paths: readonly string[]): Promise<void>;
  exists(path: string): Promise<boolean>;
  /**
   * Copies a picture's files to a folder and syncs each. Resolves to false if the picture does not exist or is deleted
   * during the copy. Files that were already copied stay in the folder.
   */
  copyTo(path: string, directory: string): Promise<boolean>;
  /** Reads a picture's files and returns their checksums. Empty if there are no files. */
  checksums(path: string): Promise<Checksums>;
  /** Deletes staged files that ended instances never published. */
  clearStaging(findEndedInstances: FindEndedInstances): Promise<void>;
  /** Yields each path that matches {@link PICTURE_PATH} with the time of its last change. Reads the whole storage. */
  list(): AsyncIterable<{ path: string; modifiedAt: Date }>;
  /** Resolves if pictures can be stored right now. */
  check(): Promise<void>;
  /** Aborts calls in progress. Don't call any other method afterwards. */
  close(): Promise<void>;
}

/** Files of one picture before they are published. */
export interface Staging {
  /** Local folder, initially empty. The caller writes plain files into it, with names as in {@link PICTURE_FILE}. */
  readonly directory: string;
  /** True if the caller must sync each file that it writes. */
  readonly syncFiles: boolean;
  /**
   * Makes the files durable and readable under the path. When it resolves, the files survive a crash and a power
   * failure. When it rejects, some files may already be readable, and {@link PictureStorage.delete} deletes them.
   * After a StorageBusyError, some files may appear even later.
   */
  publish(): Promise<void>;
  /** Deletes the files that were not published. */
  discard(): Promise<void>;
}

/** Reads published files by path, as in {@link PICTURE_FILE}. Rejects with the reason of a signal after an abort. */
export interface PictureReader {
  /**
   * Reads a file in one piece. Returns null if there is no such file.
   * @param maxBytes maximum size in bytes, inclusive. If the file is larger, `bytes` is null.
   */
  read(file: string, maxBytes: number, signal: AbortSignal): Promise<ReadFile | null>;
  /** Returns null if there is no such file. */
  describe(file: string, signal: AbortSignal): Promise<FileDescription | null>;
  /** Like {@link describe}, and also returns the body. Destroying the body ends the transfer. */
  open(file: string, signal: AbortSignal, range?: ByteRange): Promise<OpenedFile | null>;
  /** Returns whether a file exists. Does not log failures, because no client waits for the result. */
  has(file: string, signal: AbortSignal): Promise<boolean>;
}

export interface FileDescription {
  /** Size in bytes of the file, or of the opened range. */
  readonly size: number;
  readonly modifiedAt: Date;
}

export interface ReadFile extends FileDescription {
  /** The only view of its memory, so that the memory is free when the buffer is. */
  readonly bytes: Buffer | null;
}

export interface OpenedFile extends FileDescription {
  readonly body: Readable;
}

/** Byte positions of a range, both inclusive. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** Path of a picture. With two levels of 256 folders, ten million pictures are 152 per folder. */
export const PICTURE_PATH = /^([0-9a-f]{2})\/([0-9a-f]{2})\/pic_\1\2[0-9a-f]{28}$/;

/** Length of a picture's id: `pic_` and 32 hexadecimal digits. */
export const PICTURE_ID_LENGTH = 36;

/** Returns the path of a picture inside the storage, such as `3f/9a/pic_3f9a...`. */
export function picturePath(pictureId: string): string {
  const digits = pictureId.slice('pic_'.length);
  return `${digits.slice(0, 2)}/${digits.slice(2, 4)}/${pictureId}`;
}

/** Path of a file inside the storage, such as `3f/9a/pic_3f9a.../64.webp`. */
export const PICTURE_FILE = /^([0-9a-f]{2})\/([0-9a-f]{2})\/pic_\1\2[0-9a-f]{28}\/\d{2,4}\.(?:webp|jpg)$/;

/** Returns the media type of a file by its name. */
export function mediaTypeOf(file: string): string {
  return file.endsWith('.webp') ? 'image/webp' : 'image/jpeg';
}

/** `Cache-Control` of published files. They never change, and one year is the conventional maximum. */
export const CACHE_CONTROL = `public, max-age=${365 * 24 * 60 * 60}, immutable`;
