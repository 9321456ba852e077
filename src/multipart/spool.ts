import { randomUUID } from 'node:crypto';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { GatheredChunks } from './gathered-chunks.ts';
import { saveChunks } from './save-chunks.ts';

const READ_BYTES = 64 * 1024;

/** A copy of a file on the disk, without a name: it disappears when it is closed, also with the process. */
export class SpooledFile implements AsyncDisposable {
  readonly #file: FileHandle;
  readonly #readers: Readable[] = [];

  constructor(file: FileHandle) {
    this.#file = file;
  }

  /** All of its bytes, from the first; for any number of readers, one after the other or at once, whatever becomes of each. */
  read(): Readable {
    // Not a stream of Node's own for files: that closes the file when it is destroyed, for all the others too.
    const reader = Readable.from(this.#chunks(), { objectMode: false });
    this.#readers.push(reader);
    return reader;
  }

  async *#chunks(): AsyncGenerator<Buffer> {
    for (let position = 0; ; ) {
      const { buffer, bytesRead } = await this.#file.read({
        buffer: Buffer.allocUnsafe(READ_BYTES),
        position,
      });
      if (bytesRead === 0) {
        return;
      }
      position += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  }

  /** Ends those who still read, and lets go of the disk's room. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const reader of this.#readers) {
      reader.destroy();
    }
    await this.#file.close();
  }
}

/**
 * Sets a file aside, so that what comes behind it on the wire can be read first, or so that it can be read more
 * than once. Rejects, with nothing left, if the source or the disk fails.
 */
export async function spool(source: Readable, directory: string, prefix: string): Promise<SpooledFile> {
  const path = join(directory, `${prefix}${randomUUID()}.spool`);
  try {
    await saveChunks(new GatheredChunks(source), path);
    return new SpooledFile(await open(path, 'r'));
  } finally {
    await rm(path, { force: true });
  }
}
