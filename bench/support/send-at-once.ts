import { Connection } from './connection.ts';

export interface SendOptions {
  readonly port: number;
  /** Requests, sent in turn. */
  readonly requests: readonly [Buffer, ...Buffer[]];
  /** Total number of requests to send. */
  readonly count: number;
  /** Number of connections. Each has one request under way. */
  readonly atOnce: number;
  readonly onResponse?: (response: string) => void;
}

/**
 * Sends requests many times, some at once.
 * @returns the seconds that it took. Connecting does not count. The connections are new each time only because a server
 * closes connections that are idle during the rounds of the other contenders.
 */
export async function sendAtOnce({
  port,
  requests,
  count,
  atOnce,
  onResponse,
}: SendOptions): Promise<number> {
  const connections = await Promise.all(Array.from({ length: atOnce }, () => Connection.open(port)));
  let left = count;
  const startedAt = performance.now();
  await Promise.all(
    connections.map(async (connection) => {
      while (left > 0) {
        const request = requests[(count - left) % requests.length] ?? requests[0];
        left -= 1;
        const response = await connection.exchange(request);
        onResponse?.(response);
      }
    }),
  );
  const seconds = (performance.now() - startedAt) / 1000;
  for (const connection of connections) {
    connection.close();
  }
  return seconds;
}
