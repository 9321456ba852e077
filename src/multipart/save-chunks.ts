import { close, open, write, writev } from 'node:fs';
import { promisify } from 'node:util';
import type { GatheredChunks } from './gathered-chunks.ts';

const openFile = promisify(open);
const writeBytes = promisify(write);
const writeTogether = promisify(writev);
const closeFile = promisify(close);

/**
 * Writes a stream to a new file that no other user can read. A round trip to Node's thread pool costs more than the
 * write itself, so the chunks that gather during a write are written together: see `stream` in bench/.
 * Rejects with the error that ended the stream, or with a file system error. The stream is then destroyed, and the
 * caller must delete the file. The chunks cannot be used afterwards: see {@link detachChunks}.
 */
export async function saveChunks(source: GatheredChunks, path: string): Promise<void> {
  try {
    const file = await openFile(path, 'wx', 0o600);
    try {
      for (let chunks = await source.take(); chunks.length > 0; chunks = await source.take()) {
        await writeAll(file, chunks);
        detachChunks(chunks);
      }
    } finally {
      await closeFile(file);
    }
  } catch (error) {
    source.destroy();
    throw error;
  }
}

async function writeAll(file: number, chunks: Buffer[]): Promise<void> {
  const { bytesWritten } = await writeTogether(file, chunks);
  const bytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  // A nearly full disk accepts some of the bytes, and reports the error only for the next write.
  for (let written = bytesWritten; written < bytes; ) {
    const rest = Buffer.concat(chunks).subarray(written);
    written += (await writeBytes(file, rest)).bytesWritten;
  }
}

/**
 * Releases the memory of written chunks at once. The garbage collector cannot keep up with a fast upload: dead chunks
 * make V8 mark the whole heap again and again, which took a third of the server's time. A chunk that shares its
 * memory is kept, such as a chunk in which a part begins or ends, because the bytes next to it may still be needed.
 */
function detachChunks(chunks: readonly Buffer[]): void {
  for (const { buffer, byteLength } of chunks) {
    if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) {
      buffer.transfer(0);
    }
  }
}
