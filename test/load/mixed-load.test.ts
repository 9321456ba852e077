import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { reconcileFolder } from '../support/inspect-storage.ts';
import { portraitForTest } from '../support/portrait.ts';
import { connectionsOf, openFilesOf, residentBytesOf } from '../support/server-usage.ts';
import { startFlags } from '../support/start-flags.ts';
import { latencyTable } from './latency-table.ts';
import { LoadClient } from './load-client.ts';
import { mixedLoad, SECRET } from './mixed-load.ts';

/** For a longer test: LOAD_SECONDS=600 npm test -- test/load */
const SECONDS = Number(process.env['LOAD_SECONDS'] ?? 20);
const WARM_UP_SECONDS = SECONDS / 4;
const MIB = 1024 * 1024;
/** Allowance for memory that V8 and malloc keep or release at any time. */
const SPARE_BYTES = 24 * MIB;
const ENV = {
  AUTH_SECRET: SECRET,
  UPLOADS_PER_HOUR: '0',
  // The heap is twice what the server needs. With room for gigabytes, V8 keeps 50 MiB of garbage for an arbitrary time.
  NODE_OPTIONS: [...startFlags(), '--max-old-space-size=64'].join(' '),
};

it(
  `A mixed load of ${SECONDS} seconds causes no errors, and leaves memory, open files and uploads as before`,
  async () => {
    const server = await portraitForTest({ env: ENV });
    const client = new LoadClient(server.url);
    const load = await mixedLoad(client);
    const runFor = async (seconds: number) => {
      await load.runFor(seconds);
      client.disconnect();
      await expect.poll(() => connectionsOf(server.url)).toBe(0);
      return { residentBytes: await residentBytesOf(server.pid), openFiles: await openFilesOf(server.pid) };
    };

    const before = await runFor(WARM_UP_SECONDS);
    client.latencies.clear();
    const after = await runFor(SECONDS - WARM_UP_SECONDS);
    const mebibytes = [before, after].map(({ residentBytes }) => (residentBytes / MIB).toFixed(0));
    process.stdout.write(`${latencyTable(client.latencies)}\nServer memory: ${mebibytes.join(' -> ')} MiB\n`);

    expect(after.residentBytes).toBeLessThan(before.residentBytes + SPARE_BYTES);
    expect(after.openFiles).toBeLessThanOrEqual(before.openFiles);
    expect(await server.uploads()).toEqual([]);
    expect(await readdir(join(server.folder, 'pictures/.staging'))).toEqual([]);
    await load.expectKept();
    client.disconnect();
    expect(await server.end('SIGTERM')).toBe(0);
    expect(server.logWithoutAudit()).toBe('');
    expect(await reconcileFolder(server.folder)).toMatchObject({ unknown: [], missing: [] });
  },
  (SECONDS + 60) * 1000,
);
