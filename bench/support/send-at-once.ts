import { Connection } from './connection.ts';

/** Connections that one bench keeps to one server. */
export interface Connections extends Disposable {
  /** Sends a request `count` times, as many at once as there are connections, and hands over every answer. */
  send(request: Buffer, count: number, onAnswer?: (answer: string) => void): Promise<void>;
}

/** Opens kept-alive connections to a server. */
export async function openConnections(port: number, count: number): Promise<Connections> {
  const connections = await Promise.all(Array.from({ length: count }, () => Connection.open(port)));
  return {
    async send(request, total, onAnswer) {
      let left = total;
      await Promise.all(
        connections.map(async (connection) => {
          while (left > 0) {
            left -= 1;
            const answer = await connection.exchange(request);
            onAnswer?.(answer);
          }
        }),
      );
    },
    [Symbol.dispose]() {
      for (const connection of connections) {
        connection.close();
      }
    },
  };
}
