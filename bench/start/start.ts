import { setTimeout } from 'node:timers/promises';
import { median } from '../support/median.ts';
import { goal, print, printTable } from '../support/print.ts';
import { residentBytes } from '../support/process-usage.ts';
import { runPortrait } from '../support/run-portrait.ts';
import { makeTemporaryFolder } from '../support/temporary-folder.ts';

const ROUNDS = 7;
const SETTLED_AFTER_MS = 2500;
const MAX_START_MS = 700;
const MAX_RESIDENT_MIB = 110;
const MIB = 1024 * 1024;

interface Starts {
  readonly name: string;
  readonly compileCache: 'filled' | 'empty';
  readonly milliseconds: number[];
  readonly residentBytes: number[];
}

/** Measures the time until Portrait listens, and the memory of its own process when it is idle afterwards. */
export async function benchStart(): Promise<void> {
  const usual: Starts = {
    name: 'filled compile cache',
    compileCache: 'filled',
    milliseconds: [],
    residentBytes: [],
  };
  const first: Starts = {
    name: 'empty compile cache',
    compileCache: 'empty',
    milliseconds: [],
    residentBytes: [],
  };
  // Fills the compile cache, in case the sources have changed since the last start.
  await start({ ...usual, milliseconds: [], residentBytes: [] });
  for (let round = 0; round < ROUNDS; round += 1) {
    await start(usual);
    await start(first);
  }
  printTable(`start: medians of ${ROUNDS} rounds`, [
    ['start with', 'ms until it listens', `MiB after ${SETTLED_AFTER_MS / 1000} s`],
    ...[usual, first].map((starts) => [
      starts.name,
      median(starts.milliseconds).toFixed(0),
      (median(starts.residentBytes) / MIB).toFixed(0),
    ]),
  ]);
  print(`start   goal ${goal(median(usual.milliseconds), '<=', MAX_START_MS, ' ms')}`);
  print(`memory  goal ${goal(median(usual.residentBytes) / MIB, '<=', MAX_RESIDENT_MIB, ' MiB')}`);
}

async function start({ compileCache, milliseconds, residentBytes: resident }: Starts): Promise<void> {
  await using folder = await makeTemporaryFolder();
  await using emptyCache = await makeTemporaryFolder();
  // Node prefers this folder to Portrait's own cache, which stays unchanged.
  const env = compileCache === 'empty' ? { NODE_COMPILE_CACHE: emptyCache.path } : {};
  await using server = await runPortrait(folder.path, env);
  milliseconds.push(server.startMs);
  await setTimeout(SETTLED_AFTER_MS);
  resident.push(residentBytes(server.pid));
}
