import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { upload, uploaded, viewer } from '../support/graphql.ts';
import { findBroken, reconcileFolder } from '../support/inspect-storage.ts';
import { pictureFile } from '../support/pictures.ts';
import { type Portrait, portraitForTest } from '../support/portrait.ts';
import { childrenOf } from '../support/processes.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** More rounds on demand: KILL_ROUNDS=100 npm test -- test/durability/kill */
const ROUNDS = Number(process.env['KILL_ROUNDS'] ?? 10);
const UPLOADERS = 4;

interface Acknowledged {
  readonly id: string;
  readonly url: string;
}

/** Uploads one after another until the server is gone; each acknowledged picture is told of. */
async function uploadUntilGone(
  server: Portrait,
  name: string,
  tell: (picture: Acknowledged) => void,
): Promise<void> {
  const file = await pictureFile(name);
  for (;;) {
    const answer = await upload(server, file).catch(() => undefined);
    if (answer === undefined) {
      return;
    }
    const picture = answer.data?.uploadProfilePicture.profilePicture;
    if (picture != null) {
      tell(picture);
    }
  }
}

describe('kill -9 in the middle of uploads', () => {
  it(
    `loses nothing that was acknowledged, in ${ROUNDS} rounds`,
    async () => {
      const folder = await temporaryFolder();
      const acknowledged = new Map<string, Acknowledged>();
      for (let round = 0; round < ROUNDS; round += 1) {
        const server = await portraitForTest({ folder });
        const before = acknowledged.size;
        // Another moment of an upload in each round: so many answers after the first.
        const killed = Promise.withResolvers<unknown>();
        const uploaders = ['photo.webp', 'cmyk.jpg', 'orientation-6.jpg', 'transparent.png']
          .slice(0, UPLOADERS)
          .map((name) =>
            uploadUntilGone(server, name, (picture) => {
              acknowledged.set(picture.id, picture);
              if (acknowledged.size === before + 1 + round) {
                killed.resolve(server.end('SIGKILL'));
              }
            }),
          );
        await killed.promise;
        await Promise.all(uploaders);

        const again = await portraitForTest({ folder });
        for (const picture of acknowledged.values()) {
          const path = new URL(picture.url).pathname;
          expect((await fetch(again.url + path)).status, `round ${round}: ${path}`).toBe(200);
        }
        expect((await viewer(again)).profilePicture).not.toBeNull();
        expect(await again.uploads()).toEqual([]);
        expect(await readdir(join(folder, 'pictures/.staging'))).toEqual([]);
        expect(await again.end('SIGTERM')).toBe(0);
        expect(await reconcileFolder(folder)).toMatchObject({ unknown: [], missing: [] });
      }
      expect(await findBroken(folder)).toEqual([]);
    },
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

describe('A decoder that is killed in the middle of its work', () => {
  it('costs that upload a clear error, and nothing else', async () => {
    const server = await portraitForTest({ env: { IMAGE_WORKERS: '1' } });
    const present = await uploaded(server, await pictureFile('cmyk.jpg'));
    const [decoder] = await childrenOf(server.pid);
    const answer = upload(server, await pictureFile('photo.avif'));
    // It is at work as soon as the upload is staged.
    await expect.poll(() => readdir(join(server.folder, 'pictures/.staging'))).toHaveLength(1);
    process.kill(decoder as number, 'SIGKILL');
    const { status, errors } = await answer;
    expect([status, errors?.[0]?.extensions.code]).toEqual([422, 'UNREADABLE_IMAGE']);
    expect(await viewer(server)).toEqual(present);
    expect(await server.uploads()).toEqual([]);
    expect(await server.pictures()).toHaveLength(1);
    await uploaded(server, await pictureFile('photo.webp'));
  });
});

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
