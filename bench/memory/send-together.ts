import { setTimeout } from 'node:timers/promises';
import { Connection } from '../support/connection.ts';

const CHUNK_BYTES = 64 * 1024;
/** So slowly that every body is on the wire for a second or so. */
const PAUSE_MS = 10;

/**
 * Sends the same request over many connections, a chunk on each of them in turn, so that all of them are under way
 * together from their first byte to their last. Resolves when every answer is there.
 */
export async function sendTogether(port: number, request: Buffer, count: number): Promise<void> {
  const connections = await Promise.all(Array.from({ length: count }, () => Connection.open(port)));
  const answers = Promise.all(connections.map((connection) => connection.answer()));
  // An answer that comes early is a refusal; it is thrown below.
  answers.catch(() => {});
  for (let start = 0; start < request.length; start += CHUNK_BYTES) {
    const chunk = request.subarray(start, start + CHUNK_BYTES);
    await Promise.all(connections.map((connection) => connection.write(chunk)));
    await setTimeout(PAUSE_MS);
  }
  await answers;
  for (const connection of connections) {
    connection.close();
  }
}
