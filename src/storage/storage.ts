import type { Readable } from 'node:stream';
import type { Checksums } from './checksums.ts';
import type { FindEndedInstances } from './clear-ended-instances.ts';

/**
 * Where pictures are kept. A picture is a set of files under one path that is made by {@link picturePath}, used
 * once, and never changed. Nobody knows a path before the database names it as published. All methods reject with
 * StorageBusyError when the storage does not answer, and those that write with StorageFullError when it is full.
 */
export interface PictureStorage {
  /** Where the web server finds published files. */
  readonly files: PictureFiles;
  /** A private place to write the files of one picture into, before anyone can see them. */
  stage(path: string): Promise<Staging>;
  /** Deletes pictures, published or not. Resolves when nothing of them is left, also if there was nothing. */
  delete(paths: readonly string[]): Promise<void>;
  exists(path: string): Promise<boolean>;
  /**
   * Writes a picture's files into a folder, each synced. False if it is not there, or is deleted meanwhile; what was
   * written until then stays.
   */
  copyTo(path: string, directory: string): Promise<boolean>;
  /** Of a picture's files as they can be read; empty if there are none. */
  checksums(path: string): Promise<Checksums>;
  /** Clears what ended instances staged and never published. */
  clearStaging(findEndedInstances: FindEndedInstances): Promise<void>;
  /** Every path of our own pattern with the time of its last change. Reads the whole storage. */
  list(): AsyncIterable<{ path: string; modifiedAt: Date }>;
  /** Resolves if pictures can be stored right now. */
  check(): Promise<void>;
  /** Gives up what is under way. Nothing else may be called any more. */
  close(): Promise<void>;
}

export interface Staging {
  /** A local folder, empty at first; plain files are written into it, named as {@link PICTURE_FILE} has it. */
  readonly directory: string;
  /** Whether each file has to be synced by whoever writes it. */
  readonly syncFiles: boolean;
  /**
   * Makes the files durable and readable under the path. When it resolves, neither a crash nor a power failure
   * takes them away. When it rejects, some may be readable already, and {@link PictureStorage.delete} clears them;
   * with StorageBusyError some may even arrive after that.
   */
  publish(): Promise<void>;
  /** Deletes the files that were not published. */
  discard(): Promise<void>;
}

/** A folder that any web server can send from, or files that have to be asked for one by one. */
export type PictureFiles = { readonly directory: string } | PictureReader;

/** Reads published files; a file is named as {@link PICTURE_FILE} has it. */
export interface PictureReader {
  /** Null if there is no such file. Rejects with the signal's reason when that is aborted. */
  describe(file: string, signal: AbortSignal): Promise<FileDescription | null>;
  /** As describe, with the bytes; destroying the body ends the transfer. */
  open(file: string, signal: AbortSignal, range?: ByteRange): Promise<OpenedFile | null>;
}

export interface FileDescription {
  /** In bytes; of an opened range, its own. */
  readonly size: number;
  /** With its quotation marks. */
  readonly etag: string;
  readonly modifiedAt: Date;
}

export interface OpenedFile extends FileDescription {
  readonly body: Readable;
}

/** Both ends belong to it. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** Two levels of 256 folders: ten million pictures are 152 in a folder. */
export const PICTURE_PATH = /^([0-9a-f]{2})\/([0-9a-f]{2})\/pic_\1\2[0-9a-f]{28}$/;

/** Characters of a picture's id: `pic_` and 32 hexadecimal digits. */
export const PICTURE_ID_LENGTH = 36;

/** A picture's path inside the storage, such as `3f/9a/pic_3f9a...`, from its id. */
export function picturePath(pictureId: string): string {
  const digits = pictureId.slice('pic_'.length);
  return `${digits.slice(0, 2)}/${digits.slice(2, 4)}/${pictureId}`;
}

/** A file's place inside the storage, such as `3f/9a/pic_3f9a.../64.webp`. */
export const PICTURE_FILE = /^([0-9a-f]{2})\/([0-9a-f]{2})\/pic_\1\2[0-9a-f]{28}\/\d{2,4}\.(?:webp|jpg)$/;

/** The media type of a file that is named so. */
export function mediaTypeOf(file: string): string {
  return file.endsWith('.webp') ? 'image/webp' : 'image/jpeg';
}

/** What is published under a name never changes: a year is as long as caches are told anything. */
export const CACHE_CONTROL = `public, max-age=${365 * 24 * 60 * 60}, immutable`;
