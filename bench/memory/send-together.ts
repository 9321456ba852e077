import { setTimeout } from 'node:timers/promises';
import { Connection } from '../support/connection.ts';

const CHUNK_BYTES = 64 * 1024;
/** Milliseconds between two chunks of a body. Each body is on the wire for about a second. */
const PAUSE_MS = 10;

/**
 * Sends requests of about the same length, each over its own connection. Sends one chunk of each in turn, so that all
 * requests are on the wire together from the first byte to the last. Resolves when all responses have arrived.
 */
export async function sendTogether(port: number, requests: readonly Buffer[]): Promise<void> {
  const pairs = await Promise.all(
    requests.map(async (request) => ({ request, connection: await Connection.open(port) })),
  );
  const connections = pairs.map(({ connection }) => connection);
  const longest = Math.max(...requests.map(({ length }) => length));
  const responses = Promise.all(connections.map((connection) => connection.nextResponse()));
  // A response that arrives early is an error. The `await` below throws it.
  responses.catch(() => {});
  for (let start = 0; start < longest; start += CHUNK_BYTES) {
    await Promise.all(
      pairs.map(({ request, connection }) => connection.write(request.subarray(start, start + CHUNK_BYTES))),
    );
    await setTimeout(PAUSE_MS);
  }
  await responses;
  for (const connection of connections) {
    connection.close();
  }
}
