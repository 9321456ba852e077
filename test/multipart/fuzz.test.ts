import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Busboy } from '@fastify/busboy';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ERROR_CODES } from '../../src/graphql/error-codes.ts';
import { type MultipartServer, startMultipartServer } from '../support/multipart-server.ts';
import { randomFrom } from '../support/random-from.ts';
import { BOUNDARY, openWire, requestHead } from '../support/wire.ts';
import { PADDED, taken, USUAL, WIRE_CASES } from './wire-cases.ts';

// To run more cases: FUZZ_CASES=100000 npx vitest run test/multipart/fuzz.test.ts --testTimeout=3600000
const CASES = Number(process.env['FUZZ_CASES'] ?? 5000);
const SEED = Number(process.env['FUZZ_SEED'] ?? 20261123);
const CONCURRENCY = 16;
const HANG_MS = 20_000;
/** Larger bodies make the suite slow and find nothing that smaller bodies do not. */
const MAX_BASE_BYTES = 5_000;
const CRLF = Buffer.from('\r\n');

let server: MultipartServer;

beforeAll(async () => {
  server = await startMultipartServer();
});

afterAll(() => server[Symbol.asyncDispose]());

const BASES = Object.values(WIRE_CASES)
  .flat()
  .filter(({ body }) => body.length < MAX_BASE_BYTES);

/** Sequences that are significant to a parser. */
const TOKENS = [
  '\r\n',
  '\r\n\r\n',
  '\r',
  '\n',
  '--',
  `--${BOUNDARY}`,
  `\r\n--${BOUNDARY}\r\n`,
  `\r\n--${BOUNDARY}--\r\n`,
  'Content-Disposition: form-data; name="0"; filename="x"\r\n\r\n',
  'Content-Disposition: form-data; name="map"\r\n\r\n{}',
  '"',
  '\\',
  ';',
  ':',
  '\0',
  '\xff',
  '__proto__',
  '{"',
  'null',
];

type Mutation = (body: Buffer, random: () => number) => Buffer;

const at = (body: Buffer, random: () => number) => Math.floor(random() * (body.length + 1));

function slice(body: Buffer, random: () => number): [from: number, to: number] {
  const [one, two] = [at(body, random), at(body, random)];
  return one < two ? [one, two] : [two, one];
}

const MUTATIONS: readonly Mutation[] = [
  // Truncates the body.
  (body, random) => body.subarray(0, at(body, random)),
  // Removes a slice.
  (body, random) => {
    const [from, to] = slice(body, random);
    return Buffer.concat([body.subarray(0, from), body.subarray(to)]);
  },
  // Repeats a slice.
  (body, random) => {
    const [from, to] = slice(body, random);
    const where = at(body, random);
    return Buffer.concat([body.subarray(0, where), body.subarray(from, to), body.subarray(where)]);
  },
  // Changes a byte.
  (body, random) => {
    const changed = Buffer.from(body);
    if (changed.length > 0) {
      changed[Math.floor(random() * changed.length)] = Math.floor(random() * 256);
    }
    return changed;
  },
  // Inserts a token.
  (body, random) => {
    const where = at(body, random);
    const token = Buffer.from(TOKENS[Math.floor(random() * TOKENS.length)] as string, 'latin1');
    return Buffer.concat([body.subarray(0, where), token, body.subarray(where)]);
  },
  // Reorders the parts. Some may be missing or repeated.
  (body, random) => {
    const parts = body.toString('latin1').split(`--${BOUNDARY}`);
    const shuffled = parts.map(() => parts[Math.floor(random() * parts.length)]);
    return Buffer.from(shuffled.join(`--${BOUNDARY}`), 'latin1');
  },
];

interface FuzzCase {
  readonly body: Buffer;
  readonly contentType: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Whether the body is sent in chunks, one per write, without a Content-Length. */
  readonly chunked: boolean;
  /** Offsets at which the body is split into writes. */
  readonly cuts: readonly number[];
  /** Whether the client disconnects before the body is complete. */
  readonly disconnects: boolean;
}

/** A request as a well-behaved client sends it. */
const PLAIN = {
  contentType: `multipart/form-data; boundary=${BOUNDARY}`,
  headers: {},
  cuts: [],
  disconnects: false,
  chunked: false,
} as const;

function makeCase(seed: number): FuzzCase {
  const random = randomFrom(seed);
  const base = BASES[Math.floor(random() * BASES.length)] as (typeof BASES)[number];
  let body: Buffer = Buffer.from(base.body);
  const rounds = 1 + Math.floor(random() * 3);
  for (let round = 0; round < rounds; round += 1) {
    const mutate = MUTATIONS[Math.floor(random() * MUTATIONS.length)] as Mutation;
    body = mutate(body, random);
  }
  const cuts = Array.from({ length: Math.floor(random() * 4) }, () => at(body, random)).sort((a, b) => a - b);
  const contentType = base.headers?.['Content-Type'] ?? `multipart/form-data; boundary=${BOUNDARY}`;
  return {
    body,
    contentType: random() < 0.1 ? mutateHeader(contentType, random) : contentType,
    headers: base.headers ?? {},
    cuts,
    disconnects: random() < 0.05,
    chunked: random() < 0.3,
  };
}

/** Mutates a header with characters that a header may contain. Node.js itself rejects all others. */
function mutateHeader(value: string, random: () => number): string {
  const where = Math.floor(random() * value.length);
  const removed = Math.floor(random() * 3);
  const inserted = ['', '"', ';', '=', '-', ' ', '\\', '%', ',', 'x', '\xff'][Math.floor(random() * 11)];
  return `${value.slice(0, where)}${inserted}${value.slice(where + removed)}`;
}

/** Lets the server, which runs on the same event loop, read the written bytes. */
async function letServerRead(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) {
    await new Promise(setImmediate);
  }
}

/** Sends a request. @returns the response, or undefined if the client disconnected. */
async function send({ body, contentType, headers, cuts, disconnects, chunked }: FuzzCase) {
  using wire = await openWire(server.url);
  wire.socket.setNoDelay();
  // A request that hangs fails before the test times out, so that the error shows its seed.
  wire.socket.setTimeout(HANG_MS, () => wire.socket.destroy());
  wire.socket.write(
    requestHead({
      Accept: 'application/graphql-response+json',
      ...headers,
      'Content-Type': contentType,
      ...(chunked
        ? { 'Transfer-Encoding': 'chunked' }
        : { 'Content-Length': body.length + (disconnects ? 1 : 0) }),
    }),
    'latin1',
  );
  let from = 0;
  for (const to of [...cuts, body.length]) {
    const bytes = body.subarray(from, to);
    // An empty chunk would end the body.
    if (!chunked) {
      wire.socket.write(bytes);
    } else if (bytes.length > 0) {
      wire.socket.write(Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, CRLF]));
    }
    from = to;
    await letServerRead();
  }
  if (chunked && !disconnects) {
    wire.socket.write('0\r\n\r\n');
  }
  if (disconnects) {
    return undefined;
  }
  return await wire.response();
}

interface Answer {
  readonly data?: unknown;
  readonly errors?: readonly { message: string; extensions: { code: string } }[];
}

/** Returns what is wrong with a response, or undefined. */
async function faultOf(
  fuzzCase: FuzzCase,
  { status, body }: { status: number; body: string },
): Promise<string | undefined> {
  const { data, errors } = JSON.parse(body) as Answer;
  if (errors === undefined) {
    return status === 200 && data != null
      ? await findMisreading(fuzzCase, body)
      : `${status} without errors: ${body}`;
  }
  const expected = Math.max(...errors.map(({ extensions }) => statusOf(extensions.code)));
  return status === expected && status < 500 && data == null && errors.every(({ message }) => message !== '')
    ? undefined
    : `${status} with ${body}`;
}

function statusOf(code: string): number {
  return ERROR_CODES[code as keyof typeof ERROR_CODES]?.status;
}

/**
 * Returns how an accepted request was misread, or undefined. The last delimiter must be a line of the body, and a second
 * parser must find the content of the response.
 */
async function findMisreading({ body, contentType }: FuzzCase, answer: string): Promise<string | undefined> {
  const boundary = /boundary="?([^";]*)/i.exec(contentType)?.[1]?.trim() ?? '';
  if (!answer.includes('"take')) {
    // No resolver opened a file, so the response did not wait for the rest of the body.
    return undefined;
  }
  // Removes spaces and tabs after delimiters, because busboy does not allow them.
  const [delimiter, last] = [`--${boundary}`, `--${boundary}--`];
  const lines = body
    .toString('latin1')
    .split('\r\n')
    .map((line) => ({ line, bare: line.replace(/[ \t]+$/, '') }))
    .map(({ line, bare }) => (bare === delimiter || bare === last ? bare : line));
  if (!lines.includes(last)) {
    return `A body without its last delimiter was accepted: ${answer}`;
  }
  const { fields, files } = await readByBusboy(Buffer.from(lines.join('\r\n'), 'latin1'), boundary);
  if (fields.get('operations') !== 1 || fields.get('map') !== 1) {
    return `A body without "operations" and "map", or with two of them, was accepted: ${answer}`;
  }
  const hashes = [...answer.matchAll(/"sha256":"([0-9a-f]+)"/g)].map(([, hash]) => hash as string);
  const unknown = hashes.find((hash) => !files.has(hash));
  return unknown === undefined ? undefined : `No part has the content of the response: ${answer}`;
}

/** Returns the number of times that each field occurs, and the hash of every part that may be a file. */
async function readByBusboy(body: Buffer, boundary: string) {
  const fields = new Map<string, number>();
  const files = new Set<string>();
  const busboy = new Busboy({
    headers: { 'content-type': `multipart/form-data; boundary="${boundary}"` },
    isPartAFile: (name) => name !== 'operations' && name !== 'map',
  });
  busboy.on('field', (name) => fields.set(name, (fields.get(name) ?? 0) + 1));
  busboy.on('file', (_name, stream) => {
    const hash = createHash('sha256');
    stream.on('data', (bytes: Buffer) => hash.update(bytes));
    stream.on('end', () => files.add(hash.digest('hex')));
  });
  await pipeline(Readable.from([body]), busboy);
  return { fields, files };
}

describe('The server', () => {
  it(`sends a valid response to each of ${CASES} mutated requests and leaves no files`, async () => {
    let next = 0;
    const outcomes = new Map<string, number>();
    const worker = async () => {
      while (next < CASES) {
        const seed = SEED + next;
        next += 1;
        const fuzzCase = makeCase(seed);
        const answer = await send(fuzzCase).catch((error: Error) => {
          throw new Error(`FUZZ_SEED=${seed} FUZZ_CASES=1: ${error.message}`);
        });
        const outcome = answer === undefined ? 'disconnected' : String(answer.status);
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
        const fault = answer && (await faultOf(fuzzCase, answer));
        if (fault !== undefined) {
          throw new Error(
            `FUZZ_SEED=${seed} FUZZ_CASES=1: ${fault}\n${fuzzCase.contentType}\n${fuzzCase.body.toString('latin1')}`,
          );
        }
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, worker));
    // The test would prove nothing if all requests failed in the same way.
    if (CASES >= 5000) {
      expect([...outcomes.keys()].sort()).toEqual(['200', '400', '413', '415', 'disconnected']);
    }
    await expect.poll(() => server.spooled()).toEqual([]);
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
    await expectHealthy();
  });

  it.each([
    ['a usual request', USUAL],
    ['a request with spaces after its delimiters', PADDED],
  ])('sends the same response wherever %s is split in two', async (_title, request) => {
    const body = Buffer.from(request);
    const cuts = Array.from({ length: body.length - 1 }, (_, index) => index + 1);
    for (const cut of cuts) {
      const answer = await send({ ...PLAIN, body, cuts: [cut] });
      expect(JSON.parse(answer?.body as string), `split at ${cut}`).toEqual({
        data: { take: taken('hello') },
      });
    }
    const bytewise = await send({ ...PLAIN, body, cuts });
    expect(JSON.parse(bytewise?.body as string)).toEqual({ data: { take: taken('hello') } });
  });

  it.each([
    ['a usual request', USUAL],
    ['a request with spaces after its delimiters', PADDED],
  ])('rejects %s that is truncated anywhere', async (_title, request) => {
    // The longest truncation lacks only the last dash and the line break.
    const whole = request.lastIndexOf('--') + 1;
    for (let length = 0; length <= whole; length += 1) {
      const answer = await send({ ...PLAIN, body: Buffer.from(request.slice(0, length)) });
      expect(answer?.status, `truncated at ${length}`).toBe(400);
    }
    await expectHealthy();
  });
});

async function expectHealthy(): Promise<void> {
  const answer = await send({ ...PLAIN, body: Buffer.from(USUAL) });
  expect(JSON.parse(answer?.body as string)).toEqual({ data: { take: taken('hello') } });
}
