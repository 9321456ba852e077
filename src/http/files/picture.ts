import { mediaTypeOf } from '../../storage/storage.ts';
import type { Target } from './preconditions.ts';
import { PICTURE_HEADERS } from './resource-headers.ts';

/** Headers of the responses with a picture. Names and values alternate, so `writeHead` copies them into no object. */
export interface PictureResponses {
  /** For 200, and for the response to HEAD. */
  readonly ok: string[];
  /** For 304. Responses with a range add their length and range. */
  readonly notModified: string[];
}

/**
 * Returns the entity tag of a picture's file. It is strong, because the file never changes. It is the same on all
 * instances and in every storage.
 * @param file path as in PICTURE_FILE.
 */
export function etagOf(file: string): string {
  // `3f/9a/pic_3f9a.../64.webp` becomes "pic_3f9a...-64.webp".
  const [, , id, name] = file.split('/');
  return `"${id}-${name}"`;
}

/** A file of a picture in memory. */
export class Picture implements Target {
  readonly file: string;
  readonly bytes: Buffer;
  readonly etag: string;
  readonly modifiedAt: Date;
  #responses: PictureResponses | undefined;

  /** @param file path as in PICTURE_FILE. */
  constructor(file: string, bytes: Buffer, modifiedAt: Date) {
    this.file = file;
    this.bytes = bytes;
    this.etag = etagOf(file);
    this.modifiedAt = modifiedAt;
  }

  /** Size in bytes. */
  get size(): number {
    return this.bytes.length;
  }

  /** Returns the headers of responses. Builds them once. @param common returns the headers of every response. */
  responses(common: () => Readonly<Record<string, string>>): PictureResponses {
    this.#responses ??= buildResponses(this, common());
    return this.#responses;
  }
}

function buildResponses(picture: Picture, common: Readonly<Record<string, string>>): PictureResponses {
  const notModified: string[] = [];
  const headers = { ...common, ...pictureHeaders(picture.file, picture.modifiedAt) };
  for (const name in headers) {
    notModified.push(name, headers[name] as string);
  }
  return { notModified, ok: [...notModified, 'Content-Length', String(picture.size)] };
}

/** Returns the headers of every response with a picture, without its length. */
export function pictureHeaders(file: string, modifiedAt: Date): Record<string, string> {
  return {
    'Content-Type': mediaTypeOf(file),
    'Accept-Ranges': 'bytes',
    ETag: etagOf(file),
    'Last-Modified': modifiedAt.toUTCString(),
    ...PICTURE_HEADERS,
  };
}
