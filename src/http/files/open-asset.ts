import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Encoding } from '../accept.ts';
import type { Target } from './preconditions.ts';

/** Path of a file that `npm run build` writes, such as `graphiql/graphiql-5k0XZQ7d.js`. */
const ASSET_PATH = /^(?:graphiql\/)?\w[\w.-]*-(?<hash>[\w-]{8})\.(?<extension>js|css|wasm|txt)$/;

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  wasm: 'application/wasm',
  txt: 'text/plain; charset=utf-8',
};

/** Ends of the names of compressed files. */
const SUFFIXES: Readonly<Record<Encoding, string>> = { br: '.br', gzip: '.gz', identity: '' };

/** A built file in one encoding. The size and the ETag are those of the encoded file. */
export interface OpenedAsset extends Target, AsyncDisposable {
  readonly mediaType: string | undefined;
  readonly encoding: Encoding;
  readonly handle: FileHandle;
}

/** Opens a built file in the first of the encodings that exists. Returns undefined if none does. */
export async function openAsset(
  root: string,
  path: string,
  encodings: readonly Encoding[],
): Promise<OpenedAsset | undefined> {
  const { hash, extension = '' } = ASSET_PATH.exec(path)?.groups ?? {};
  if (hash === undefined) {
    return undefined;
  }
  // At most the three encodings.
  for (const encoding of encodings) {
    const handle = await openIfExists(join(root, path + SUFFIXES[encoding]));
    if (handle !== undefined) {
      const { size, mtime } = await handle.stat();
      return {
        mediaType: MEDIA_TYPES[extension],
        encoding,
        handle,
        size,
        // The size distinguishes the results of different versions of a compressor.
        etag: `"${hash}-${encoding}-${size}"`,
        modifiedAt: mtime,
        [Symbol.asyncDispose]: () => handle.close(),
      };
    }
  }
  return undefined;
}

async function openIfExists(file: string): Promise<FileHandle | undefined> {
  try {
    return await open(file);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      return undefined;
    }
    throw error;
  }
}
