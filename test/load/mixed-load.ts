import { setTimeout } from 'node:timers/promises';
import { SignJWT } from 'jose';
import { paddedPicture, pictureFile } from '../support/pictures.ts';
import { randomFrom } from '../support/random-from.ts';
import type { LoadClient } from './load-client.ts';
import { type NewPicture, Owner } from './owner.ts';
import { readInitials, readPicture, readRules, readUsers } from './reader.ts';

/** Secret that signs the tokens. */
export const SECRET = 'a secret that only the two servers know';

const OWNERS = 3;
const READERS = 4;
/** Average pause of a reader after each response. */
const READER_PAUSE_MS = 20;
const CROP = { x: 0.1, y: 0.1, width: 0.8, height: 0.8 };
const SEED = 20261124;

export interface MixedLoad {
  /** Resolves when all users have finished the steps that they started in time. Rejects at the first wrong response. */
  runFor(seconds: number): Promise<void>;
  /** Expects that each user's picture is the same as in the last response. */
  expectKept(): Promise<void>;
}

/**
 * Creates a load of several users who upload, change, remove and restore their pictures, one user who removes them
 * permanently, and several readers. Few enough users upload at once that the queue always has room.
 */
export async function mixedLoad(client: LoadClient): Promise<MixedLoad> {
  const random = randomFrom(SEED);
  const pick = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)] as T;
  const pictures = await newPictures();
  const owners = await Promise.all(
    Array.from({ length: OWNERS }, async (_, number) => new Owner(client, await tokenOf(`user-${number}`))),
  );
  const remover = new Owner(client, await tokenOf('remover'));
  const [first] = owners as [Owner];
  /** The last upload of each owner. If it was removed or replaced since, it is still in the trash. */
  const urls = new Map([[first, await first.upload(pictures[0] as NewPicture)]]);

  const change = async (owner: Owner) => {
    urls.set(owner, await owner.upload(pick(pictures)));
    await owner.change(random());
  };
  const uploadAndRemove = async () => {
    await remover.upload(pick(pictures));
    await remover.removePermanently();
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
    await setTimeout(random() * 2 * READER_PAUSE_MS);
  };

  return {
    async runFor(seconds) {
      const until = performance.now() + seconds * 1000;
      const repeat = async (step: () => Promise<void>) => {
        while (performance.now() < until) {
          await step();
        }
      };
      await Promise.all([
        ...owners.map((owner) => repeat(() => change(owner))),
        repeat(uploadAndRemove),
        ...Array.from({ length: READERS }, () => repeat(read)),
      ]);
    },
    async expectKept() {
      await Promise.all([...owners, remover].map((owner) => owner.check()));
    },
  };
}

/** Returns small pictures of every type, and a picture of the maximum file size. */
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
