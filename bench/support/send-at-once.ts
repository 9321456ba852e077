import { Connection } from './connection.ts';

export interface SendOptions {
  readonly port: number;
  /** One or more requests. Each connection sends one of them again and again, so that each can act for another user. */
  readonly requests: readonly [Buffer, ...Buffer[]];
  /** Total number of requests to send. */
  readonly count: number;
  /** Connections, each with one request under way. */
  readonly atOnce: number;
  readonly onAnswer?: (answer: string) => void;
}

/**
 * Sends requests many times, some at once.
 * @returns the seconds that it took. Connecting does not count: the connections are new each time only because a
 * server closes those that were idle while the others had their round.
 */
export async function sendAtOnce({ port, requests, count, atOnce, onAnswer }: SendOptions): Promise<number> {
  const connections = await Promise.all(Array.from({ length: atOnce }, () => Connection.open(port)));
  let left = count;
  const startedAt = performance.now();
  await Promise.all(
    connections.map(async (connection, index) => {
      const request = requests[index % requests.length] ?? requests[0];
      while (left > 0) {
        left -= 1;
        const answer = await connection.exchange(request);
        onAnswer?.(answer);
      }
    }),
  );
  const seconds = (performance.now() - startedAt) / 1000;
  for (const connection of connections) {
    connection.close();
  }
  return seconds;
}
