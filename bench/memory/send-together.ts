import { setTimeout } from 'node:timers/promises';
import { Connection } from '../support/connection.ts';

const CHUNK_BYTES = 64 * 1024;
/** So slowly that every body is on the wire for a second or so. */
const PAUSE_MS = 10;

/**
 * Sends requests of about the same length over a connection each, a chunk on each of them in turn, so that all of them are
 * under way together from their first byte to their last. Resolves when every answer is there.
 */
export async function sendTogether(port: number, requests: readonly Buffer[]): Promise<void> {
  const pairs = await Promise.all(
    requests.map(async (request) => ({ request, connection: await Connection.open(port) })),
  );
  const connections = pairs.map(({ connection }) => connection);
  const longest = Math.max(...requests.map(({ length }) => length));
  const answers = Promise.all(connections.map((connection) => connection.answer()));
  // An answer that comes early is a refusal; it is thrown below.
  answers.catch(() => {});
  for (let start = 0; start < longest; start += CHUNK_BYTES) {
    await Promise.all(
      pairs.map(({ request, connection }) => connection.write(request.subarray(start, start + CHUNK_BYTES))),
    );
    await setTimeout(PAUSE_MS);
  }
  await answers;
  for (const connection of connections) {
    connection.close();
  }
}
