import { expect } from 'vitest';
import { query, uploaded } from './graphql.ts';
import { pictureFile } from './pictures.ts';
import { type Portrait, startPortrait } from './portrait.ts';
import { openFilesOf, residentBytesOf } from './server-usage.ts';

/** Number of additional open files that are allowed: idle connections of the healthy clients. */
const SPARE_FILES = 8;
/** Memory that V8 and malloc may keep after heavy load. The tests send many times as much. */
export const SPARE_BYTES = 64 * 1024 * 1024;
/**
 * Flags for twice the heap that the server needs. V8 collects garbage early, so the remaining memory shows leaks. A
 * server that buffers all of its input runs out of memory.
 */
const SMALL_HEAP = '--max-semi-space-size=1 --max-old-space-size=64';
const PINO_ERROR = 50;
const WARM_UP_ROUNDS = 8;
const UPLOADS_AT_ONCE = 3;
/** A picture that is decoded and rendered in a few milliseconds. */
export const SMALL_PICTURE = 'animated.gif';

/** A real server, with its resources as measured before the attack. */
export interface MeasuredPortrait extends Portrait {
  /** Resident memory before the attack. */
  readonly residentBytes: number;
  /** Fails unless the server's resources are as before the attack and a healthy upload succeeds. */
  expectUnharmed(): Promise<void>;
}

/** Starts a server, warms it up with uploads and queries, and measures its resources. */
export async function startMeasured(): Promise<MeasuredPortrait> {
  const server = await startPortrait({ env: { NODE_OPTIONS: SMALL_HEAP } });
  const picture = await pictureFile(SMALL_PICTURE);
  for (let round = 0; round < WARM_UP_ROUNDS; round += 1) {
    // All uploads belong to one user, who has one decoder at a time.
    const uploads = Array.from({ length: UPLOADS_AT_ONCE }, () => uploaded(server, picture));
    await Promise.all([query(server, '{ viewer { id } }'), ...uploads]);
  }
  const [openFiles, residentBytes] = [await openFilesOf(server.pid), await residentBytesOf(server.pid)];
  return {
    ...server,
    residentBytes,
    async expectUnharmed() {
      // If a client disconnects, its upload stays in the user's queue until the server detects the disconnect.
      await expect.poll(() => server.uploads()).toEqual([]);
      await uploaded(server, picture);
      await expect.poll(() => server.uploads()).toEqual([]);
      await expect
        .poll(() => openFilesOf(server.pid), { message: 'open files and connections' })
        .toBeLessThanOrEqual(openFiles + SPARE_FILES);
      await expect
        .poll(() => residentBytesOf(server.pid), { message: 'resident bytes' })
        .toBeLessThan(residentBytes + SPARE_BYTES);
      expect(faultsIn(server.log())).toEqual([]);
    },
  };
}

/** Returns the lines of a log that report a server fault or a dead decoder, or that the logger did not write. */
function faultsIn(log: string): string[] {
  const isExpected = (line: string) =>
    line.startsWith('{') && JSON.parse(line).level < PINO_ERROR && !line.includes('A decoder died');
  return log.split('\n').filter((line) => line !== '' && !isExpected(line));
}
