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

/** More rounds, or others, on demand: KILL_ROUNDS=100 KILL_SEED=7 npm test -- test/durability/kill */
const ROUNDS = Number(process.env['KILL_ROUNDS'] ?? 10);
const SEED = Number(process.env['KILL_SEED'] ?? 1);
const USERS = 3;
/** Uploads at once of more users, who only upload: one file each. */
const CROWD = ['photo.webp', 'cmyk.jpg', 'transparent.png'];
/** Answers of a round before the server is killed, at most. */
const MAX_ANSWERS = 25;
/** Milliseconds from the last of them to the kill, at most: longer than an upload takes. */
const MAX_DELAY = 150;
/** How often an answer is followed by the end of a decoder. */
const DECODER_KILLS = 0.1;
const TWO_DAYS_MS = 48 * 60 * 60 * 1000;

/** Uploads one after another until the server is gone. @param onAnswer receives the id of each acknowledged picture. */
async function uploadUntilGone(
  server: Portrait,
  name: string,
  headers: Record<string, string>,
  onAnswer: (id: string | undefined) => void,
): Promise<void> {
  const file = await pictureFile(name);
  for (;;) {
    const answer = await upload(server, file, {}, headers).catch(() => undefined);
    if (answer === undefined) {
      return;
    }
    onAnswer(answer.data?.uploadProfilePicture.profilePicture?.id);
  }
}

/** Counts answers; kills decoders now and then, and after so many answers the server. */
function createKiller(server: Portrait, random: () => number): () => void {
  const last = 1 + Math.floor(random() * MAX_ANSWERS);
  let answers = 0;
  return () => {
    answers += 1;
    if (answers === last) {
      void sleep(random() * MAX_DELAY).then(() => server.end('SIGKILL'));
    } else if (random() < DECODER_KILLS) {
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
    // It has just ended, or there is none.
  }
}

describe('kill -9 of the server and of decoders at random moments', () => {
  it(
    `loses nothing that was acknowledged and brings back nothing that was removed, in ${ROUNDS} rounds`,
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
      // One more upload of each can have taken effect without an answer, and pushed an older picture out of the trash.
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
        const mostOfCrowd = crowd.length * (TRASH_LIMIT + 1);
        const most = users.reduce((sum, user) => sum + user.kept.length, mostOfCrowd);
        expect(published.size).toBeLessThanOrEqual(most);
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
        const onAnswer = createKiller(server, random);
        const acting = users.map(async (user) => {
          while (await user.act(server)) {
            onAnswer();
          }
        });
        const crowding = crowd.map(({ name, headers, acknowledged }) =>
          uploadUntilGone(server, name, headers, (id) => {
            if (id !== undefined) {
              acknowledged.push(id);
            }
            onAnswer();
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
    // Each round can take as long as the tests of a busy machine do.
    ROUNDS * 30_000,
  );

  it('leaves no decoder behind', async () => {
    const server = await portraitForTest();
    await uploaded(server, await pictureFile('photo.webp'));
    const decoders = await childrenOf(server.pid);
    expect(decoders.length).toBeGreaterThan(0);
    await server.end('SIGKILL');
    await expect.poll(() => alive(decoders)).toEqual([]);
  });
});

describe('A decoder that ends in the middle of its work', () => {
  /** Uploads an AVIF, sends a signal to its decoder, and waits for the response and the line that the log has of it. */
  async function uploadWhileDecoderEnds(server: Portrait, signal: NodeJS.Signals) {
    const [decoder] = await childrenOf(server.pid);
    const file = await pictureFile('photo.avif');
    const before = await bytesReadBy(decoder as number);
    const answer = upload(server, file);
    // It decodes as soon as it has read the whole file.
    await expect
      .poll(() => bytesReadBy(decoder as number), { interval: 1 })
      .toBeGreaterThanOrEqual(before + file.size);
    process.kill(decoder as number, signal);
    const { status, data, errors } = await answer;
    const lines = () => server.log().split('\n').filter(Boolean);
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

  it('by a crash costs that upload a clear error, and nothing else', async () => {
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
  });

  it('by a signal from outside costs nothing: another decoder gets the picture', async () => {
    const server = await portraitForTest({ env: { IMAGE_WORKERS: '1' } });
    const { profilePicture: former } = await uploaded(server, await pictureFile('cmyk.jpg'));
    const { status, id } = await uploadWhileDecoderEnds(server, 'SIGKILL');
    expect(status).toBe(200);
    expect((await viewer(server)).profilePicture?.id).toBe(id);
    await expectNothingLost(server.folder, [former.id, id as string]);
  });
});

async function bytesReadBy(pid: number): Promise<number> {
  return Number(/^rchar: (\d+)$/m.exec(await readFile(`/proc/${pid}/io`, 'utf8'))?.[1]);
}

/** Those that still run; one that nobody has waited for yet does not. */
async function alive(pids: number[]): Promise<number[]> {
  const running = await Promise.all(
    pids.map(async (pid) => {
      const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => 'State:\tX');
      return /^State:\s+[ZX]/m.test(status) ? [] : [pid];
    }),
  );
  return running.flat();
}
