import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signToken } from '../../src/auth/token.ts';
import { ERROR_CODES } from '../../src/graphql/error-codes.ts';
import { picturePath } from '../../src/storage/storage.ts';
import { type GraphQLResponse, multipartBody } from '../support/graphql.ts';
import { type Portrait, startPortrait } from '../support/portrait.ts';
import { watchMemory } from '../support/processes.ts';
import { randomFrom } from '../support/random-from.ts';
import { type BasePictures, readBasePictures } from './base-pictures.ts';
import { carriedOver } from './carried-over.ts';
import { mutate } from './mutate.ts';
import { type AcceptedPicture, faultsOf, readRenditions } from './renditions.ts';

// For more files: HOSTILE_FILES=100000 npx vitest run test/hostile/mutated-files.test.ts --testTimeout=36000000
const CASES = Number(process.env['HOSTILE_FILES'] ?? 1500);
const SEED = Number(process.env['HOSTILE_SEED'] ?? 20261124);
/** Number of concurrent uploaders. Each signs in as a different user, so that a response shows its own picture. */
const CONCURRENCY = 12;
/** Share of the cases that are made from a large picture. */
const LARGE_SHARE = 0.01;
/** Interval of cases that are not mutated. The server must accept them. */
const UNTOUCHED_EVERY = 100;
const HANG_MS = 60_000;

const MIB = 1024 ** 2;
const MAX_DECODER_BYTES = 1536 * MIB;
const MAX_SERVER_BYTES = 384 * MIB;

const SECRET = 'a secret that only the two servers know';
const UPLOAD =
  'mutation ($file: File!) { uploadProfilePicture(file: $file) { profilePicture { id width height } } }';

/** Codes with which the server can reject a file. */
const COMMON_CODES = ['IMAGE_TOO_SMALL', 'TOO_MANY_PIXELS', 'UNREADABLE_IMAGE', 'UNSUPPORTED_FILE_TYPE'];
const REJECTION_CODES = [...COMMON_CODES, 'FILE_MISSING', 'FILE_TOO_LARGE'];

type UploadResponse = GraphQLResponse<{ uploadProfilePicture: { profilePicture: AcceptedPicture | null } }>;

let portrait: Portrait;
let bases: BasePictures;

beforeAll(async () => {
  bases = await readBasePictures();
  portrait = await startPortrait({
    env: { AUTH_SECRET: SECRET, UPLOADS_PER_HOUR: '0', REQUESTS_PER_MINUTE: '0', IMAGE_WORKERS: '2' },
  });
});

afterAll(() => portrait[Symbol.asyncDispose]());

function makeFile(seed: number): Buffer {
  const random = randomFrom(seed);
  const from = random() < LARGE_SHARE ? bases.large : bases.small;
  const base = from[Math.floor(random() * from.length)] as Buffer;
  return mutate(base, random, bases.small);
}

async function send(
  bytes: Buffer,
  authorization: string,
): Promise<Pick<UploadResponse, 'status' | 'data' | 'errors'>> {
  const response = await fetch(`${portrait.url}/graphql`, {
    method: 'POST',
    headers: { Accept: 'application/graphql-response+json', Authorization: authorization },
    body: multipartBody(new File([new Uint8Array(bytes)], 'me'), {}, UPLOAD),
    signal: AbortSignal.timeout(HANG_MS),
  });
  return { status: response.status, ...((await response.json()) as Pick<UploadResponse, 'data' | 'errors'>) };
}

/** Uploads a file. Throws if the outcome is not allowed. @returns the error code, or `accepted`. */
async function tryFile(bytes: Buffer, authorization: string): Promise<string> {
  const { status, data, errors } = await send(bytes, authorization);
  const picture = data?.uploadProfilePicture.profilePicture;
  if (picture == null) {
    const { code } = errors?.[0]?.extensions ?? { code: 'neither data nor errors' };
    if (!REJECTION_CODES.includes(code) || status !== ERROR_CODES[code as 'UNREADABLE_IMAGE'].status) {
      throw new Error(`${status} ${JSON.stringify({ data, errors })}`);
    }
    return code;
  }
  const renditions = await readRenditions(portrait, picture);
  const faults = await faultsOf(renditions, picture);
  const carried = renditions
    .filter((rendition) => carriedOver(bytes, rendition.bytes))
    .map(({ name }) => name);
  if (status !== 200 || faults.length > 0 || carried.length > 0) {
    throw new Error(`${status} ${faults.join(', ')}; bytes of the file in: ${carried.join(', ')}`);
  }
  // Otherwise, a long run would fill the disk.
  await rm(join(portrait.folder, 'pictures', picturePath(picture.id)), { recursive: true });
  return 'accepted';
}

describe('The server', () => {
  it(`publishes or rejects each of ${CASES} mutated files, and leaves no other files`, async () => {
    const peaks = watchMemory(portrait.pid);
    const outcomes = new Map<string, number>();
    let next = 0;
    const uploader = async (_: unknown, index: number) => {
      const token = await signToken({ id: `user-${index}`, name: null }, SECRET, {});
      while (next < CASES) {
        const seed = SEED + next;
        const untouched = next % UNTOUCHED_EVERY === 0 && CASES > 1;
        next += 1;
        const bytes = untouched ? (bases.small.at(-1) as Buffer) : makeFile(seed);
        const outcome = await tryFile(bytes, `Bearer ${token}`).catch((error: Error) => {
          throw new Error(`HOSTILE_SEED=${seed} HOSTILE_FILES=1: ${error.message}`, { cause: error });
        });
        expect(
          untouched && outcome !== 'accepted' ? outcome : 'accepted',
          'outcome of an unchanged picture',
        ).toBe('accepted');
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, uploader));
    // The test would prove nothing if all files had the same outcome.
    if (CASES >= 1500) {
      expect([...outcomes.keys()]).toEqual(expect.arrayContaining(['accepted', ...COMMON_CODES]));
      expect(outcomes.get('accepted')).toBeGreaterThan(CASES / 10);
    }
    const peak = await peaks();
    expect(peak.decoder).toBeLessThan(MAX_DECODER_BYTES);
    expect(peak.server).toBeLessThan(MAX_SERVER_BYTES);
    expect(await portrait.uploads()).toEqual([]);
    expect(await readdir(join(portrait.folder, 'pictures/.staging'))).toEqual([]);
    expect(portrait.log()).not.toMatch(/"level":[56]0/);
  });
});
