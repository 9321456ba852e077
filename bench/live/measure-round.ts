import type { ForkedProcess } from '../support/fork-process.ts';
import { processorMs } from '../support/process-usage.ts';
import type { Contender } from './latency-rows.ts';
import type { Latencies, ReadingRound } from './reader.ts';
import type { UploaderMessage } from './uploader.ts';

export interface Processes {
  readonly reader: ForkedProcess<Latencies>;
  readonly uploader: ForkedProcess<UploaderMessage>;
}

/** A process and its share of the processor. */
export interface Share {
  readonly name: string;
  readonly pid: number;
  /** Percentages of one core during the uploads, one for each round. */
  readonly percents: number[];
}

/** Reads from an idle server, then during uploads. @returns the uploads per second. */
export async function measureRound(
  { reader, uploader }: Processes,
  contenders: readonly Contender[],
  shares: readonly Share[],
  seconds: number,
): Promise<number> {
  const read = () => {
    reader.send({ seconds, readings: contenders.map(({ reading }) => reading) } satisfies ReadingRound);
    return reader.nextMessage();
  };
  const idle = await read();
  uploader.send('start');
  // All uploads are under way when the first upload finishes.
  await uploader.nextMessage();
  const usedBefore = shares.map(({ pid }) => processorMs(pid));
  const loaded = await read();
  for (const [index, { pid, percents }] of shares.entries()) {
    percents.push((processorMs(pid) - (usedBefore[index] ?? 0)) / seconds / 10);
  }
  for (const [index, { rounds }] of contenders.entries()) {
    rounds.push({ idle: idle[index] ?? [], loaded: loaded[index] ?? [] });
  }
  uploader.send('stop');
  return (await uploader.nextMessage()).uploadsPerSecond;
}
