import { setTimeout } from 'node:timers/promises';
import { Connection } from '../support/connection.ts';

// The process that reads. For each message with a round, it sends back the latencies of the readings.

/** Requests to send in turn, at a constant rate, regardless of the duration of the responses. */
export interface Reading {
  readonly port: number;
  readonly requests: readonly string[];
  readonly intervalMs: number;
}

export interface ReadingRound {
  readonly seconds: number;
  readonly readings: readonly Reading[];
}

/** Milliseconds from the first byte sent to the last byte received. One list for each reading. */
export type Latencies = readonly (readonly number[])[];

process.on('disconnect', () => process.exit());
process.on('message', (round: ReadingRound) => {
  void readRound(round).then((latencies) => process.send?.(latencies));
});

function readRound({ readings, seconds }: ReadingRound): Promise<Latencies> {
  return Promise.all(readings.map((reading) => readAtPace(reading, seconds)));
}

async function readAtPace({ port, requests, intervalMs }: Reading, seconds: number): Promise<number[]> {
  const bytes = requests.map((request) => Buffer.from(request));
  const latencies: number[] = [];
  const idle: Connection[] = [];
  const read = async (request: Buffer): Promise<void> => {
    // The connection that was idle longest, because the server closes connections that are idle too long.
    const connection = idle.shift() ?? (await Connection.open(port));
    const sentAt = performance.now();
    await connection.exchange(request);
    latencies.push(performance.now() - sentAt);
    idle.push(connection);
  };
  const startedAt = performance.now();
  const running: Promise<void>[] = [];
  for (let count = 0; count * intervalMs < seconds * 1000; count += 1) {
    await setTimeout(Math.max(startedAt + count * intervalMs - performance.now(), 0));
    running.push(read(bytes[count % bytes.length] as Buffer));
  }
  await Promise.all(running);
  for (const connection of idle) {
    connection.close();
  }
  return latencies;
}
