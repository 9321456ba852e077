import type { Readable } from 'node:stream';

/**
 * Reads a body into memory of its own. Rejects if the body has another size, or when the signal is aborted.
 * @param size expected size in bytes. It bounds the memory.
 */
export async function readBody(body: Readable, size: number, signal: AbortSignal): Promise<Buffer> {
  const bytes = Buffer.allocUnsafeSlow(size);
  const abort = () => body.destroy(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  let length = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      // Bytes beyond the buffer are not copied, but counted.
      chunk.copy(bytes, length);
      length += chunk.length;
    }
  } finally {
    signal.removeEventListener('abort', abort);
  }
  if (length !== size) {
    throw new Error('The store sent a body of another length than it announced.');
  }
  return bytes;
}
