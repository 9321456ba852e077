import { setTimeout } from 'node:timers/promises';
import { Connection } from '../support/connection.ts';

// The process that reads: for each round that comes by message, the latencies of its readings as the answer.

/** Requests that are sent at a steady pace, in turn, however long the answers take. */
export interface Reading {
  readonly port: number;
  readonly requests: readonly string[];
  readonly intervalMs: number;
}

export interface ReadingRound {
  readonly seconds: number;
  readonly readings: readonly Reading[];
}

/** From the first byte sent to the last byte received, in milliseconds; one list a reading. */
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
    // The one that was idle for longest: a server closes those that are idle for too long.
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
