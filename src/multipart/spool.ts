import { randomUUID } from 'node:crypto';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { GatheredChunks } from './gathered-chunks.ts';
import { saveChunks } from './save-chunks.ts';

const READ_BYTES = 64 * 1024;

/** A copy of a file on disk. It has no name, so it disappears when it is closed or when the process ends. */
export class SpooledFile implements AsyncDisposable {
  readonly #file: FileHandle;
  readonly #readers: Readable[] = [];

  constructor(file: FileHandle) {
    this.#file = file;
  }

  /** Returns a stream of all bytes. Any number of streams can be read independently, in turn or at once. */
  read(): Readable {
    // Don't use Node's own file stream. When it is destroyed, it closes the file for all other readers too.
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

  /** Ends all readers and frees the disk space. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const reader of this.#readers) {
      reader.destroy();
    }
    await this.#file.close();
  }
}

/**
 * Writes a file to disk, so that the parts after it can be read first, or so that the file can be read more than once.
 * If the source or the disk fails, rejects and leaves nothing behind.
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
