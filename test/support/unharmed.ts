import { expect } from 'vitest';
import { query, uploaded } from './graphql.ts';
import { pictureFile } from './pictures.ts';
import { type Portrait, startPortrait } from './portrait.ts';
import { openFilesOf, residentBytesOf } from './server-usage.ts';

/** A few more than before may be open: idle connections of the healthy clients. */
const SPARE_FILES = 8;
/** The pages and buffers that V8 and malloc keep when there was much to do. What the tests send is many times that. */
export const SPARE_BYTES = 64 * 1024 * 1024;
/**
 * Twice what the server needs: its garbage is collected soon, so that what stays is told from what nobody has looked at
 * yet, and a server that gathers what it is sent dies of it.
 */
const SMALL_HEAP = '--max-semi-space-size=1 --max-old-space-size=64';
const PINO_ERROR = 50;
const WARM_UP_ROUNDS = 8;
const UPLOADS_AT_ONCE = 3;
/** Decoded and rendered in a few milliseconds. */
export const SMALL_PICTURE = 'animated.gif';

/** A real server, and how it was before anybody did it harm. */
export interface MeasuredPortrait extends Portrait {
  /** What it took when it was measured. */
  readonly residentBytes: number;
  /** Fails unless the server is as it was: nothing left of what was sent, and a healthy upload passes. */
  expectUnharmed(): Promise<void>;
}

/** Starts a server, lets it load all that it ever will by uploads and queries, and takes its measure. */
export async function startMeasured(): Promise<MeasuredPortrait> {
  const server = await startPortrait({ env: { NODE_OPTIONS: SMALL_HEAP } });
  const picture = await pictureFile(SMALL_PICTURE);
  for (let round = 0; round < WARM_UP_ROUNDS; round += 1) {
    // All of them belong to one user, who has one decoder at a time.
    const uploads = Array.from({ length: UPLOADS_AT_ONCE }, () => uploaded(server, picture));
    await Promise.all([query(server, '{ viewer { id } }'), ...uploads]);
  }
  const [openFiles, residentBytes] = [await openFilesOf(server.pid), await residentBytesOf(server.pid)];
  return {
    ...server,
    residentBytes,
    async expectUnharmed() {
      // Uploads whose clients have left stay in the queue of their user until the server has detected that.
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

/** Lines of a log that tell of a fault of the server or the end of a decoder, and those that its logger has not written. */
function faultsIn(log: string): string[] {
  const isFine = (line: string) =>
    line.startsWith('{') && JSON.parse(line).level < PINO_ERROR && !line.includes('A decoder died');
  return log.split('\n').filter((line) => line !== '' && !isFine(line));
}
