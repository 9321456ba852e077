import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { access, mkdir, rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import type { AcceptedType } from '../imaging/accepted-types.ts';
import { detectType, TYPE_SAMPLE_BYTES } from '../imaging/detect-type.ts';
import { GatheredChunks } from '../multipart/gathered-chunks.ts';
import { saveChunks } from '../multipart/save-chunks.ts';
import { UploadsUnusableError } from './errors.ts';

export interface ReceivedFile {
  readonly path: string;
  /** Type detected from the first bytes. */
  readonly type: AcceptedType;
}

/**
 * Streams a file to the disk under a generated name. Checks its type from the first bytes, before it writes anything.
 * Rejects with UnsupportedFileTypeError, or with an error of the stream or of the file system. If it rejects, it
 * leaves no file.
 * @param prefix path of the new file without the generated part. @param types the accepted types.
 */
export async function receiveFile(
  stream: Readable,
  prefix: string,
  types: readonly AcceptedType[],
): Promise<ReceivedFile> {
  const path = `${prefix}${randomUUID()}.upload`;
  const chunks = new GatheredChunks(stream);
  try {
    const type = await detectType(await chunks.peek(TYPE_SAMPLE_BYTES), types);
    await saveChunks(chunks, path);
    return { path, type };
  } catch (error) {
    stream.destroy();
    await rm(path, { force: true });
    throw error;
  }
}

/** Creates the uploads folder if it is missing. Rejects with UploadsUnusableError. */
export async function openUploads(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await checkUploads(directory);
  } catch (error) {
    throw new UploadsUnusableError(directory, error as Error);
  }
}

/** Resolves if files can be received right now. */
export function checkUploads(directory: string): Promise<void> {
  return access(directory, constants.R_OK | constants.W_OK);
}
