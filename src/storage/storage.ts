import type { FindEnded } from './clear-ended.ts';

/**
 * Where pictures are kept. A picture is a set of files under one path that is made by {@link picturePath}, used
 * once, and never changed: it appears whole or not at all.
 */
export interface PictureStorage {
  /** A private place to write the files of one picture into, before anyone can see them. */
  stage(path: string): Promise<Staging>;
  /** Deletes a picture, published or not. Resolves when nothing of it is left, also if there was nothing. */
  delete(path: string): Promise<void>;
  exists(path: string): Promise<boolean>;
  /** Clears what ended instances staged and never published. */
  clearStaging(findEnded: FindEnded): Promise<void>;
  /** Every path of our own pattern with the time of its last change. Reads the whole storage. */
  list(): AsyncIterable<{ path: string; modifiedAt: Date }>;
  /** Resolves if pictures can be stored right now. */
  check(): Promise<void>;
}

export interface Staging {
  /** A local folder, empty at first; plain files are written into it, each synced by whoever writes it. */
  readonly directory: string;
  /**
   * Makes the files durable, then visible under the path. When it resolves, neither a crash nor a power failure
   * takes them away; when it rejects, {@link PictureStorage.delete} clears what there is.
   */
  publish(): Promise<void>;
  /** Deletes the files that were not published. */
  discard(): Promise<void>;
}

/** Two levels of 256 folders: ten million pictures are 152 in a folder. */
export const PICTURE_PATH = /^([0-9a-f]{2})\/([0-9a-f]{2})\/pic_\1\2[0-9a-f]{28}$/;

/** A picture's path inside the storage, such as `3f/9a/pic_3f9a...`, from its id. */
export function picturePath(pictureId: string): string {
  const digits = pictureId.slice('pic_'.length);
  return `${digits.slice(0, 2)}/${digits.slice(2, 4)}/${pictureId}`;
}
