import { setTimeout } from 'node:timers/promises';
import { SignJWT } from 'jose';
import { paddedPicture, pictureFile } from '../support/pictures.ts';
import { randomFrom } from '../support/random-from.ts';
import type { LoadClient } from './load-client.ts';
import { type NewPicture, Owner } from './owner.ts';
import { readInitials, readPicture, readRules, readUsers } from './reader.ts';

/** What the tokens are signed with. */
export const SECRET = 'a secret that only the two servers know';

const OWNERS = 3;
const READERS = 4;
/** A reader looks at what came, for so long on average. */
const LOOKING_MS = 20;
const CROP = { x: 0.1, y: 0.1, width: 0.8, height: 0.8 };
const SEED = 20261124;

export interface MixedLoad {
  /** Resolves when everybody has finished what they began in time; rejects at the first answer that is not right. */
  runFor(seconds: number): Promise<void>;
  /** Expects that everybody's picture is what they were last told. */
  expectKept(): Promise<void>;
}

/**
 * Several users who upload, change, remove and restore their pictures, one who removes them for good, and several who
 * read. So few upload at once that the queue always takes them.
 */
export async function mixedLoad(client: LoadClient): Promise<MixedLoad> {
  const random = randomFrom(SEED);
  const pick = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)] as T;
  const pictures = await newPictures();
  const owners = await Promise.all(
    Array.from({ length: OWNERS }, async (_, number) => new Owner(client, await tokenOf(`user-${number}`))),
  );
  const leaver = new Owner(client, await tokenOf('leaver'));
  const [first] = owners as [Owner];
  /** The last upload of each owner. If it was removed or replaced since, it is still in the trash. */
  const urls = new Map([[first, await first.upload(pictures[0] as NewPicture)]]);

  const change = async (owner: Owner) => {
    urls.set(owner, await owner.upload(pick(pictures)));
    await owner.change(random());
  };
  const leave = async () => {
    await leaver.upload(pick(pictures));
    await leaver.removePermanently();
  };
  const readings = [
    () => readPicture(client, pick([...urls.values()])),
    () => readPicture(client, pick([...urls.values()])),
    () => readUsers(client),
    () => readRules(client),
    () => readInitials(client),
  ];
  const read = async () => {
    await pick(readings)();
    await setTimeout(random() * 2 * LOOKING_MS);
  };

  return {
    async runFor(seconds) {
      const until = performance.now() + seconds * 1000;
      const again = async (step: () => Promise<void>) => {
        while (performance.now() < until) {
          await step();
        }
      };
      await Promise.all([
        ...owners.map((owner) => again(() => change(owner))),
        again(leave),
        ...Array.from({ length: READERS }, () => again(read)),
      ]);
    },
    async expectKept() {
      await Promise.all([...owners, leaver].map((owner) => owner.look()));
    },
  };
}

/** Of every type, small ones, and one that is as large as a file may be. */
async function newPictures(): Promise<NewPicture[]> {
  const names = [
    'orientation-6.jpg',
    'cmyk.jpg',
    'photo-2725x2225.jpg',
    'transparent.png',
    'grey-alpha-16bit.png',
  ];
  const files = await Promise.all([...names, 'photo.webp', 'animated.gif', 'photo.avif'].map(pictureFile));
  const pictures = files.flatMap((file) => {
    const kind = `upload ${file.name.replace(/^.*\./, '')}`;
    return [
      { kind, file },
      { kind, file, crop: CROP },
    ];
  });
  return [...pictures, { kind: 'upload of 5 MiB', file: await paddedPicture(5 * 1024 * 1024) }];
}

function tokenOf(id: string): Promise<string> {
  return new SignJWT({ name: `Name of ${id}` })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(id)
    .setExpirationTime('1 day')
    .sign(new TextEncoder().encode(SECRET));
}
