import { availableParallelism } from 'node:os';
import { benchHostile } from './hostile/hostile.ts';
import { benchImport } from './import/import.ts';
import { benchLive } from './live/live.ts';
import { benchMemory } from './memory/memory.ts';
import { benchQuery } from './query/query.ts';
import { benchRead } from './read/read.ts';
import { benchCapacity } from './scale/capacity.ts';
import { benchScale } from './scale/scale.ts';
import { benchUpkeep } from './scale/upkeep.ts';
import { benchStart } from './start/start.ts';
import { benchStream } from './stream/stream.ts';
import { print } from './support/print.ts';
import { benchUpload } from './upload/upload.ts';

const BENCHES: Readonly<Record<string, () => Promise<void>>> = {
  stream: benchStream,
  memory: benchMemory,
  upload: benchUpload,
  start: benchStart,
  live: benchLive,
  hostile: benchHostile,
};
/** Benchmarks that run only by name, because they take long, need much disk space or install their peers. */
const BY_NAME: typeof BENCHES = {
  read: benchRead,
  query: benchQuery,
  import: benchImport,
  capacity: benchCapacity,
  upkeep: benchUpkeep,
  scale: benchScale,
};

// A normal exit also ends the servers that were started.
process.on('SIGINT', () => process.exit(130));
process.on('SIGTERM', () => process.exit(143));

const names = process.argv.slice(2);
const all = { ...BENCHES, ...BY_NAME };
const unknown = names.filter((name) => !Object.hasOwn(all, name));
if (unknown.length > 0) {
  print(`Unknown benchmark: ${unknown.join(', ')}. Choose from: ${Object.keys(all).join(', ')}.`);
  process.exitCode = 1;
} else {
  print(`Node ${process.versions.node}, ${availableParallelism()} cores`);
  for (const [name, bench] of Object.entries(names.length === 0 ? BENCHES : all)) {
    if (names.length === 0 || names.includes(name)) {
      await bench();
    }
  }
}
