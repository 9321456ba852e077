import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { Encoding } from '../accept.ts';
import type { Target } from './preconditions.ts';

/** Path of a file that `npm run build` names after its content, such as `graphiql/graphiql-5k0XZQ7d.js`. */
const ASSET_PATH = /^(?:graphiql\/)?\w[\w.-]*-(?<hash>[\w-]{8})\.(?:js|css|wasm|txt)$/;

/** Characters of the ETag's hash. Eight characters of base64url are 48 bits. */
const HASH_LENGTH = 8;

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  // The registered type of `.ts` is a video format.
  '.ts': 'text/plain; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.wasm': 'application/wasm',
  '.txt': 'text/plain; charset=utf-8',
};

/** Ends of the names of compressed files. */
const SUFFIXES: Readonly<Record<Encoding, string>> = { br: '.br', gzip: '.gz', identity: '' };

/** A built file in one encoding. The size and the ETag are those of the encoded file. */
export interface OpenedAsset extends Target, AsyncDisposable {
  readonly mediaType: string | undefined;
  readonly encoding: Encoding;
  /** True if the content behind the name can change. */
  readonly isStable: boolean;
  readonly handle: FileHandle;
}

/** The files of a folder that the server can send: those with a hash in their name, and these. */
export interface AssetFolder {
  readonly root: string;
  /** Names of files without a hash, whose content can change. */
  readonly stableNames?: readonly string[];
}

/** Opens a built file in the first of the encodings that exists. Returns undefined if none does. */
export async function openAsset(
  { root, stableNames = [] }: AssetFolder,
  path: string,
  encodings: readonly Encoding[],
): Promise<OpenedAsset | undefined> {
  const hash = ASSET_PATH.exec(path)?.groups?.['hash'];
  if (hash === undefined && !stableNames.includes(path)) {
    return undefined;
  }
  // At most the three encodings.
  for (const encoding of encodings) {
    const handle = await openIfExists(join(root, path + SUFFIXES[encoding]));
    if (handle !== undefined) {
      const { size, mtime } = await handle.stat();
      return {
        mediaType: MEDIA_TYPES[extname(path)],
        encoding,
        handle,
        size,
        isStable: hash === undefined,
        // The size distinguishes the results of different versions of a compressor.
        etag: `"${hash ?? (await hashOf(handle))}-${encoding}-${size}"`,
        modifiedAt: mtime,
        [Symbol.asyncDispose]: () => handle.close(),
      };
    }
  }
  return undefined;
}

/** Returns the hash of a file's content. Files without a hash in their name have a few kilobytes. */
async function hashOf(handle: FileHandle): Promise<string> {
  return createHash('sha256')
    .update(await handle.readFile())
    .digest('base64url')
    .slice(0, HASH_LENGTH);
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
