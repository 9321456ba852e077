import { dirname } from 'node:path/posix';
import { LRUCache } from 'lru-cache';
import { limitWarnings } from '../../telemetry/limit-warnings.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { PictureReader } from '../../storage/storage.ts';
import type { Picture } from './picture.ts';

export interface PictureCacheOptions {
  /** Maximum bytes of memory. 0 turns the cache off. */
  readonly maxBytes: number;
  /** Checks whether a cached picture still exists. */
  readonly has: PictureReader['has'];
  readonly logger: Logger;
  /** Returns the milliseconds of a monotonic clock. Default: `performance.now`. */
  readonly now?: () => number;
}

interface Entry {
  readonly picture: Picture;
  /** Time of the last check, or of the reading. */
  checkedAt: number;
  /** Time at which the picture certainly existed. It is older than `checkedAt` while the storage is unavailable. */
  existedAt: number;
  check: Promise<void> | undefined;
}

/**
 * Bytes of memory that an entry takes in addition to its picture. Measured: 2.2 KB for objects, headers and indexes. The
 * rest is for the allocator, which rounds up.
 */
const ENTRY_OVERHEAD_BYTES = 4 * 1024;

/**
 * Milliseconds. Another instance may delete a picture, so this instance checks it again. A deleted picture is out of
 * memory after at most LIFETIME_MS + CHECK_TIMEOUT_MS + SWEEP_INTERVAL_MS: 60 s.
 */
const LIFETIME_MS = 45_000;
/** Age at which a request makes the cache check a picture in the background. */
const CHECK_AFTER_MS = 20_000;
const CHECK_TIMEOUT_MS = 10_000;
const SWEEP_INTERVAL_MS = 5_000;
/** Milliseconds for which an unavailable storage does not remove pictures that clients request. */
const MAX_OUTAGE_MS = 60 * 60 * 1000;

/**
 * Pictures in memory, by file. When they exceed the bound, the cache evicts the least recently used ones. Files never
 * change, so the cache only checks whether they still exist.
 */
export class PictureCache {
  readonly #entries: LRUCache<string, Entry> | undefined;
  /** Cached files by the path of their picture. */
  readonly #files = new Map<string, Set<string>>();
  readonly #has: PictureReader['has'];
  readonly #now: () => number;
  readonly #warn: (error: unknown) => void;
  #sweep: NodeJS.Timeout | undefined;

  constructor({ maxBytes, has, logger, now = () => performance.now() }: PictureCacheOptions) {
    this.#has = has;
    this.#now = now;
    if (maxBytes > 0) {
      this.#entries = new LRUCache({
        maxSize: maxBytes,
        sizeCalculation: ({ picture }) => picture.size + ENTRY_OVERHEAD_BYTES,
        dispose: (_entry, file) => this.#removeFromIndex(file),
      });
    }
    let cause: unknown;
    const warn = limitWarnings((pictures) =>
      logger.warn({ err: cause, pictures }, 'Cannot check cached pictures; serving them from memory'),
    );
    this.#warn = (error) => {
      cause = error;
      warn();
    };
  }

  /** Bytes of memory that all entries take. */
  get bytes(): number {
    return this.#entries?.calculatedSize ?? 0;
  }

  /** Returns a picture, unless it must be checked first. */
  get(file: string): Picture | undefined {
    const entry = this.#entries?.get(file);
    if (entry === undefined) {
      return undefined;
    }
    const age = this.#now() - entry.checkedAt;
    if (age < CHECK_AFTER_MS) {
      return entry.picture;
    }
    if (age >= LIFETIME_MS) {
      return undefined;
    }
    entry.check ??= this.#check(entry);
    return entry.picture;
  }

  /** Waits for the check of a picture, if one is running. */
  async checked(file: string): Promise<void> {
    await this.#entries?.peek(file)?.check;
  }

  add(picture: Picture): void {
    const path = dirname(picture.file);
    const now = this.#now();
    // Replacing an entry also removes it from the index.
    this.#entries?.set(picture.file, { picture, checkedAt: now, existedAt: now, check: undefined });
    if (this.#entries?.has(picture.file) === true) {
      const files = this.#files.get(path) ?? new Set();
      this.#files.set(path, files.add(picture.file));
      this.#sweepLater();
    }
  }

  /** Removes all files of a picture. @param path path of the picture, as in PICTURE_PATH. */
  remove(path: string): void {
    for (const file of [...(this.#files.get(path) ?? [])]) {
      this.#entries?.delete(file);
    }
  }

  /** Checks whether a picture still exists, and removes it if it does not. Never rejects. */
  async #check(entry: Entry): Promise<void> {
    const { file } = entry.picture;
    const beganAt = this.#now();
    try {
      if (await this.#has(file, AbortSignal.timeout(CHECK_TIMEOUT_MS))) {
        entry.checkedAt = beganAt;
        entry.existedAt = beganAt;
      } else {
        this.#delete(entry);
      }
    } catch (error) {
      if (this.#now() - entry.existedAt < MAX_OUTAGE_MS) {
        // No instance can delete pictures during an outage of the storage.
        this.#warn(error);
        entry.checkedAt = this.#now();
      } else {
        this.#delete(entry);
      }
    } finally {
      entry.check = undefined;
    }
  }

  /** Deletes an entry, unless another one has replaced it. */
  #delete(entry: Entry): void {
    const { file } = entry.picture;
    if (this.#entries?.peek(file) === entry) {
      this.#entries.delete(file);
    }
  }

  /** Removes pictures that were not checked for too long. Runs on a timer. Bounded by the number of entries. */
  removeExpired(): void {
    const checkedBefore = this.#now() - LIFETIME_MS;
    for (const entry of this.#entries?.values() ?? []) {
      if (entry.checkedAt <= checkedBefore && entry.check === undefined) {
        this.#delete(entry);
      }
    }
    clearTimeout(this.#sweep);
    this.#sweep = undefined;
    if (this.#entries !== undefined && this.#entries.size > 0) {
      this.#sweepLater();
    }
  }

  #sweepLater(): void {
    this.#sweep ??= setTimeout(() => this.removeExpired(), SWEEP_INTERVAL_MS).unref();
  }

  #removeFromIndex(file: string): void {
    const path = dirname(file);
    const files = this.#files.get(path);
    files?.delete(file);
    if (files?.size === 0) {
      this.#files.delete(path);
    }
  }
}
