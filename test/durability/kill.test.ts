import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { TRASH_LIMIT } from '../../src/database/database.ts';
import { picturePath } from '../../src/storage/storage.ts';
import { clockForTest } from '../support/clock.ts';
import { runCommand } from '../support/commands.ts';
import { upload, uploaded, viewer } from '../support/graphql.ts';
import { expectNothingLost } from '../support/inspect-storage.ts';
import { ModelledUser } from '../support/modelled-user.ts';
import { pictureFile } from '../support/pictures.ts';
import { type Portrait, portraitForTest } from '../support/portrait.ts';
import { childrenOf } from '../support/processes.ts';
import { randomFrom } from '../support/random-from.ts';
import { AUTH_SECRET, signedIn } from '../support/signed-in.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** To run more or other rounds: KILL_ROUNDS=100 KILL_SEED=7 npm test -- test/durability/kill */
const ROUNDS = Number(process.env['KILL_ROUNDS'] ?? 10);
const SEED = Number(process.env['KILL_SEED'] ?? 1);
const USERS = 3;
/** Files of additional users, who upload at the same time. Each user uploads one of these files repeatedly. */
const CROWD = ['photo.webp', 'cmyk.jpg', 'transparent.png'];
/** Maximum number of responses in a round before the server is killed. */
const MAX_RESPONSES = 25;
/** Maximum time from the last of these responses to the kill. An upload takes less time. */
const MAX_DELAY_MS = 150;
/** Probability that a decoder is killed after a response. */
const DECODER_KILL_PROBABILITY = 0.1;
const TWO_DAYS_MS = 48 * 60 * 60 * 1000;

/** Uploads repeatedly until the server is gone. @param onResponse receives the ID of each acknowledged picture. */
async function uploadUntilGone(
  server: Portrait,
  name: string,
  headers: Record<string, string>,
  onResponse: (id: string | undefined) => void,
): Promise<void> {
  const file = await pictureFile(name);
  for (;;) {
    const response = await upload(server, file, {}, headers).catch(() => undefined);
    if (response === undefined) {
      return;
    }
    onResponse(response.data?.uploadProfilePicture.profilePicture?.id);
  }
}

/** Returns a callback for responses. It kills decoders at random, and the server after a random number of responses. */
function createKiller(server: Portrait, random: () => number): () => void {
  const last = 1 + Math.floor(random() * MAX_RESPONSES);
  let responses = 0;
  return () => {
    responses += 1;
    if (responses === last) {
      void sleep(random() * MAX_DELAY_MS).then(() => server.end('SIGKILL'));
    } else if (random() < DECODER_KILL_PROBABILITY) {
      void killDecoder(server.pid, random());
    }
  };
}

async function killDecoder(server: number, which: number): Promise<void> {
  const decoders = await childrenOf(server);
  const decoder = decoders[Math.floor(which * decoders.length)];
  try {
    process.kill(decoder as number, 'SIGKILL');
  } catch {
    // The decoder has just ended, or there is none.
  }
}

describe('kill -9 of the server and of decoders at random moments', () => {
  it(
    `loses no acknowledged picture and brings back no removed picture and no deleted user, in ${ROUNDS} rounds`,
    async () => {
      const folder = await temporaryFolder();
      const env = { AUTH_SECRET, UPLOADS_PER_HOUR: '0', IMAGE_WORKERS: '2' };
      const random = randomFrom(SEED);
      const crowd = await Promise.all(
        CROWD.map(async (name) => ({
          name,
          headers: await signedIn(`crowd-${name}`),
          acknowledged: [] as string[],
        })),
      );
      const users = await Promise.all(
        Array.from({ length: USERS }, async (_, index) => {
          return new ModelledUser(await signedIn(`user-${index}`), randomFrom(SEED * 1000 + index));
        }),
      );
      // One more upload per user can have taken effect without a response, and evicted an older picture from the trash.
      const keptOfCrowd = () => crowd.flatMap(({ acknowledged }) => acknowledged.slice(-TRASH_LIMIT));
      const start = async () => {
        const server = await portraitForTest({ folder, env });
        for (const user of users) {
          await user.settle(server);
        }
        const published = new Set(await server.pictures());
        expect(
          keptOfCrowd()
            .map(picturePath)
            .filter((path) => !published.has(path)),
        ).toEqual([]);
        const maxOfCrowd = crowd.length * (TRASH_LIMIT + 1);
        const max = users.reduce((sum, user) => sum + user.kept.length, maxOfCrowd);
        expect(published.size).toBeLessThanOrEqual(max);
        for (const user of users) {
          expect(user.kept.map(picturePath).filter((path) => !published.has(path))).toEqual([]);
          expect(user.gone.map(picturePath).filter((path) => published.has(path))).toEqual([]);
        }
        expect(await server.uploads()).toEqual([]);
        expect(await readdir(join(folder, 'pictures/.staging'))).toEqual([]);
        return server;
      };

      for (let round = 0; round < ROUNDS; round += 1) {
        const server = await start();
        const onResponse = createKiller(server, random);
        const acting = users.map(async (user) => {
          while (await user.act(server)) {
            onResponse();
          }
        });
        const crowding = crowd.map(({ name, headers, acknowledged }) =>
          uploadUntilGone(server, name, headers, (id) => {
            if (id !== undefined) {
              acknowledged.push(id);
            }
            onResponse();
          }),
        );
        await Promise.all([...acting, ...crowding]);
      }

      expect(await (await start()).end('SIGTERM')).toBe(0);
      await expectNothingLost(folder, [...keptOfCrowd(), ...users.flatMap((user) => user.kept)]);
      const clock = await clockForTest();
      await clock.shift(TWO_DAYS_MS);
      const { code, stdout } = await runCommand(folder, ['reconcile'], clock);
      expect([code, stdout]).toEqual([
        0,
        expect.stringContaining('\n0 unknown to the database (0 deleted), 0 with missing files.\n'),
      ]);
    },
    // On a busy machine, each round can take as long as a whole test.
    ROUNDS * 30_000,
  );
});

describe('A decoder', () => {
  /** Uploads an AVIF, sends a signal to its decoder, and waits for the response and the log line. */
  async function uploadWhileDecoderEnds(server: Portrait, signal: NodeJS.Signals) {
    const logged = server.logWithoutAudit().length;
    const [decoder] = await childrenOf(server.pid);
    const file = await pictureFile('photo.avif');
    const before = await bytesReadBy(decoder as number);
    const response = upload(server, file);
    // The decoder begins to decode as soon as it has read the whole file.
    await expect
      .poll(() => bytesReadBy(decoder as number), { interval: 1 })
      .toBeGreaterThanOrEqual(before + file.size);
    process.kill(decoder as number, signal);
    const { status, data, errors } = await response;
    const lines = () => server.logWithoutAudit().slice(logged).split('\n').filter(Boolean);
    await expect.poll(lines).toHaveLength(1);
    expect(JSON.parse(lines()[0] ?? '')).toMatchObject({
      level: 40,
      msg: 'A decoder died',
      signal,
      working: true,
    });
    const { profilePicture } = data?.uploadProfilePicture ?? {};
    return { status, code: errors?.[0]?.extensions.code, id: profilePicture?.id };
  }

  it('fails only its upload if it crashes, fails nothing if a signal from outside ends it, and ends after its server', async () => {
    const server = await portraitForTest({ env: { IMAGE_WORKERS: '1' } });
    const present = await uploaded(server, await pictureFile('cmyk.jpg'));
    expect(await uploadWhileDecoderEnds(server, 'SIGSEGV')).toMatchObject({
      status: 422,
      code: 'UNREADABLE_IMAGE',
    });
    expect(await viewer(server)).toEqual(present);
    expect(await server.pictures()).toHaveLength(1);
    const next = await uploaded(server, await pictureFile('photo.webp'));
    await expectNothingLost(server.folder, [present.profilePicture.id, next.profilePicture.id]);
    // Another decoder gets the picture of a decoder that a signal from outside ends.
    const { status, id } = await uploadWhileDecoderEnds(server, 'SIGKILL');
    expect(status).toBe(200);
    expect((await viewer(server)).profilePicture?.id).toBe(id);
    await expectNothingLost(server.folder, [present.profilePicture.id, next.profilePicture.id, id as string]);

    const decoders = await childrenOf(server.pid);
    expect(decoders.length).toBeGreaterThan(0);
    await server.end('SIGKILL');
    await expect.poll(() => findRunning(decoders)).toEqual([]);
  });
});

async function bytesReadBy(pid: number): Promise<number> {
  return Number(/^rchar: (\d+)$/m.exec(await readFile(`/proc/${pid}/io`, 'utf8'))?.[1]);
}

/** Returns the processes that still run. Zombies have ended. */
async function findRunning(pids: number[]): Promise<number[]> {
  const running = await Promise.all(
    pids.map(async (pid) => {
      const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => 'State:\tX');
      return /^State:\s+[ZX]/m.test(status) ? [] : [pid];
    }),
  );
  return running.flat();
}
