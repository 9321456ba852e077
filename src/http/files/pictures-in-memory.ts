import { dirname } from 'node:path/posix';
import type { PictureReader } from '../../storage/storage.ts';
import { Picture } from './picture.ts';
import { PictureCache, type PictureCacheOptions } from './picture-cache.ts';
import { SeenOnce } from './seen-once.ts';

/** Maximum bytes of a file that the server holds in memory, inclusive. It streams larger ones. */
export const MAX_FILE_BYTES = 128 * 1024;

/** A file that is too large for memory. */
export const LARGE_FILE = Symbol('a large file');

/** Result of reading a file: null if it does not exist. */
export type Read = Picture | typeof LARGE_FILE | null;

export interface Reading {
  readonly result: Promise<Read>;
  /** Ends the interest of one request. When none is left, the reading is aborted. */
  readonly leave: () => void;
}

interface Flight {
  /** Undefined when the reading has ended or was aborted. Then the flight is in no map any more. */
  reading: { readonly result: Promise<Read>; readonly controller: AbortController } | undefined;
  /** Requests that wait for the result. */
  waiting: number;
  /** Requests in total. */
  requests: number;
  /** True if the picture was deleted since the reading began. */
  isDeleted: boolean;
}

export interface PicturesInMemoryOptions extends Omit<PictureCacheOptions, 'has'> {
  readonly reader: PictureReader;
}

/**
 * Reads pictures from the storage, and caches those that clients request again.
 * - Requests for the same file share one reading.
 * - A crawler that requests every file once evicts nothing, because the second request of a file admits it.
 */
export class PicturesInMemory {
  readonly reader: PictureReader;
  readonly #cache: PictureCache;
  readonly #seen = new SeenOnce();
  /**
   * Readings in progress, by file. A flight drops its picture at its end, because V8 links each table of a `Map` that
   * changes to the next one. After a full garbage collection, the chain of tables can keep most flights in memory.
   */
  readonly #flights = new Map<string, Flight>();

  constructor({ reader, ...options }: PicturesInMemoryOptions) {
    this.reader = reader;
    this.#cache = new PictureCache({ ...options, has: reader.has });
  }

  /** Bytes of memory that cached pictures take. */
  get bytes(): number {
    return this.#cache.bytes;
  }

  /** Returns a cached picture. @param file path as in PICTURE_FILE. Other texts are never cached. */
  get(file: string): Picture | undefined {
    return this.#cache.get(file);
  }

  /** Reads a file, or waits until it is read. @param file path as in PICTURE_FILE. */
  read(file: string): Reading {
    const flight = this.#flights.get(file) ?? this.#begin(file);
    const { result, controller } = flight.reading as NonNullable<Flight['reading']>;
    flight.waiting += 1;
    flight.requests += 1;
    let isWaiting = true;
    return {
      result,
      leave: () => {
        flight.waiting -= isWaiting ? 1 : 0;
        isWaiting = false;
        if (flight.waiting === 0 && flight.reading !== undefined) {
          this.#end(file, flight);
          controller.abort();
        }
      },
    };
  }

  /**
   * Forgets deleted pictures. Readings that began earlier are not cached, and later requests do not wait for them.
   * @param paths paths of the pictures, as in PICTURE_PATH.
   */
  forget(paths: readonly string[]): void {
    const deleted = new Set(paths);
    for (const path of deleted) {
      this.#cache.remove(path);
    }
    // Bounded by the number of connections.
    for (const [file, flight] of this.#flights) {
      if (deleted.has(dirname(file))) {
        flight.isDeleted = true;
        this.#flights.delete(file);
      }
    }
  }

  #begin(file: string): Flight {
    const controller = new AbortController();
    const flight: Flight = { reading: undefined, waiting: 0, requests: 0, isDeleted: false };
    const result = this.#read(file, controller.signal, flight).finally(() => this.#end(file, flight));
    flight.reading = { result, controller };
    this.#flights.set(file, flight);
    return flight;
  }

  #end(file: string, flight: Flight): void {
    flight.reading = undefined;
    if (this.#flights.get(file) === flight) {
      this.#flights.delete(file);
    }
  }

  async #read(file: string, signal: AbortSignal, flight: Flight): Promise<Read> {
    await this.#cache.checked(file);
    const cached = this.#cache.get(file);
    if (cached !== undefined) {
      return cached;
    }
    const found = await this.reader.read(file, MAX_FILE_BYTES, signal);
    if (found === null) {
      return null;
    }
    if (found.bytes === null) {
      return LARGE_FILE;
    }
    const picture = new Picture(file, found.bytes, found.modifiedAt);
    const { isDeleted, requests } = flight;
    if ((this.#seen.add(file) || requests > 1) && !isDeleted) {
      this.#cache.add(picture);
    }
    return picture;
  }
}
