import { close, open, write, writev } from 'node:fs';
import { promisify } from 'node:util';
import type { GatheredChunks } from './gathered-chunks.ts';

const openFile = promisify(open);
const writeBytes = promisify(write);
const writeTogether = promisify(writev);
const closeFile = promisify(close);

/**
 * Writes a stream to a new file that nobody else may read. A turn of Node's thread pool costs more than the bytes
 * that it writes, so what has gathered during one write goes into the next: see `stream` in bench/.
 * Rejects with what ended the stream, or with a file system's error; the stream is destroyed then, and what was
 * written is for the caller to delete. The chunks are used up: see {@link releaseClaim}.
 */
export async function saveChunks(source: GatheredChunks, path: string): Promise<void> {
  try {
    const file = await openFile(path, 'wx', 0o600);
    try {
      for (let chunks = await source.take(); chunks.length > 0; chunks = await source.take()) {
        await writeAll(file, chunks);
        releaseClaim(chunks);
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
  // A disk that is nearly full takes a part, and says why only when it is asked for the rest.
  for (let written = bytesWritten; written < bytes; ) {
    const rest = Buffer.concat(chunks).subarray(written);
    written += (await writeBytes(file, rest)).bytesWritten;
  }
}

/**
 * Gives back the memory of chunks that were written, at once. The garbage collector cannot keep up with a fast
 * upload: its dead chunks are a reason for V8 to mark the whole heap, again and again, which took a third of the server's time.
 * A chunk that shares its memory stays, as do those in which a part begins or ends: a neighbour may still need it.
 */
function releaseClaim(chunks: readonly Buffer[]): void {
  for (const { buffer, byteLength } of chunks) {
    if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) {
      buffer.transfer(0);
    }
  }
}
