import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { AcceptedType } from '../imaging/accepted-types.ts';
import { detectType, TYPE_SAMPLE_BYTES } from '../imaging/detect-type.ts';

export interface ReceivedFile {
  readonly path: string;
  /** Told from the first bytes. */
  readonly type: AcceptedType;
}

/** Of our own names in the folder for uploads. */
export const UPLOAD_NAME = /^[0-9a-f-]{36}\.(upload|spool)$/;

/**
 * Streams a file to the disk under a name of our own. A type that is not taken is refused at its first bytes,
 * before anything is written. Rejects with UnsupportedFileTypeError, with what ended the stream, or with a file
 * system's error; nothing is left then.
 */
export async function receiveFile(stream: Readable, directory: string): Promise<ReceivedFile> {
  const path = join(directory, `${randomUUID()}.upload`);
  const chunks: AsyncIterator<Buffer> = stream[Symbol.asyncIterator]();
  try {
    const head = await readHead(chunks);
    const type = await detectType(head);
    await writeFile(path, following(head, chunks), { flag: 'wx', mode: 0o600 });
    return { path, type };
  } catch (error) {
    stream.destroy();
    await rm(path, { force: true });
    throw error;
  }
}

/** As many chunks as it takes to tell the type, or all of them. */
async function readHead(chunks: AsyncIterator<Buffer>): Promise<Buffer> {
  const head: Buffer[] = [];
  let bytes = 0;
  while (bytes < TYPE_SAMPLE_BYTES) {
    const { done, value } = await chunks.next();
    if (done) {
      break;
    }
    head.push(value);
    bytes += value.length;
  }
  return head.length === 1 && head[0] !== undefined ? head[0] : Buffer.concat(head);
}

async function* following(head: Buffer, chunks: AsyncIterator<Buffer>): AsyncIterable<Buffer> {
  yield head;
  yield* { [Symbol.asyncIterator]: () => chunks };
}
