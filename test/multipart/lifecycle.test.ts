import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startMultipartServer } from '../support/multipart-server.ts';
import { picturePath } from '../support/pictures.ts';
import { portraitForTest } from '../support/portrait.ts';
import {
  BODY_END,
  fieldPart,
  fileHead,
  openWire,
  preludeFor,
  requestHead,
  type Wire,
} from '../support/wire.ts';
import { TAKE, taken, USUAL } from './wire-cases.ts';

const MIB = 1024 * 1024;

it.each([
  { aliases: 2, status: 413, extensions: { code: 'TOO_MANY_FILES', limit: 1 } },
  { aliases: 150, status: 413, extensions: { code: 'TOO_MANY_FILES', limit: 1 } },
  { aliases: 500, status: 413, extensions: { code: 'REQUEST_TOO_LARGE', limit: 16_384 } },
])(
  'One file under $aliases aliases of the mutation is rejected, and no picture is stored',
  async (rejected) => {
    const portrait = await portraitForTest();
    const aliases = Array.from(
      { length: rejected.aliases },
      (_, index) => `a${index}: uploadProfilePicture(file: $file) { id }`,
    );
    const document = `mutation ($file: File!) { ${aliases.join(' ')} }`;
    const body = Buffer.concat([
      Buffer.from(preludeFor(document) + fileHead('0', 'me.webp')),
      await readFile(picturePath('photo.webp')),
      Buffer.from(BODY_END),
    ]);
    using wire = await openWire(portrait.url);
    await wire.send(
      requestHead({ Accept: 'application/graphql-response+json', 'Content-Length': body.length }),
    );
    wire.socket.write(body);
    const { status, body: answer } = await wire.response();
    expect(status).toBe(rejected.status);
    expect(JSON.parse(answer).errors[0].extensions).toEqual(rejected.extensions);
    expect(await portrait.pictures()).toEqual([]);
  },
);

describe('The error of a resolver', () => {
  it.each(['fail', 'failAfterFirstByte'])(
    'is sent while the file is still being uploaded, and no file is left: %s',
    async (field) => {
      await using server = await startMultipartServer({ maxFileBytes: 10 * MIB, maxBodyBytes: 11 * MIB });
      using wire = await openWire(server.url);
      const head = preludeFor(`mutation ($file: File!) { ${field}(file: $file) }`) + fileHead('0', 'a.txt');
      await wire.send(requestHead({ 'Content-Length': 10 * MIB }) + head + 'x'.repeat(1000));
      const answer = await wire.response();
      expect(answer.status).toBe(500);
      expect(JSON.parse(answer.body).errors[0].extensions.code).toBe('INTERNAL_SERVER_ERROR');
      expect(await server.spooled()).toEqual([]);
    },
  );
});

it('The hash of a document without the document is answered before a byte of the file arrives', async () => {
  await using server = await startMultipartServer();
  using wire = await openWire(server.url);
  const operations = {
    variables: { file: null },
    extensions: { persistedQuery: { version: 1, sha256Hash: 'aa' } },
  };
  const head =
    fieldPart('operations', JSON.stringify(operations)) + fieldPart('map', '{"0":["variables.file"]}');
  await wire.send(requestHead({ 'Content-Length': 90_000 }) + head + fileHead('0', 'a.txt'));
  const { status, body } = await wire.response();
  expect(status).toBe(200);
  expect(JSON.parse(body)).toEqual({
    errors: [
      { message: 'PersistedQueryNotSupported', extensions: { code: 'PERSISTED_QUERY_NOT_SUPPORTED' } },
    ],
  });
});

describe('A slow client', () => {
  it.concurrent.each([
    ['before operations', ''],
    ['within the map', preludeFor(TAKE).slice(0, -10)],
    ['before its file', preludeFor(TAKE)],
    ['within its file', `${preludeFor(TAKE)}${fileHead('0', 'a.txt')}half`],
  ])('receives an error and is disconnected if it stalls %s', async (_where, sent) => {
    await using server = await startMultipartServer({ idleTimeout: 100 });
    using wire = await openWire(server.url);
    await wire.send(requestHead({ 'Content-Length': 50_000 }) + sent);
    const { status, headers, body } = await wire.response();
    expect([status, headers['connection']]).toEqual([400, 'close']);
    expect(JSON.parse(body).errors[0]).toMatchObject({
      message: expect.stringContaining('The request stalled.'),
      extensions: { code: 'BAD_REQUEST' },
    });
    await wire.closed();
    expect(wire.socket.errored).toBeNull();
    expect(await server.spooled()).toEqual([]);
  });

  it.concurrent('receives an error and is disconnected if it stalls within its JSON', async () => {
    await using server = await startMultipartServer({ idleTimeout: 100 });
    using wire = await openWire(server.url);
    await wire.send(`${requestHead({ 'Content-Type': 'application/json', 'Content-Length': 50_000 })}{"qu`);
    const { status, headers, body } = await wire.response();
    expect([status, headers['connection']]).toEqual([400, 'close']);
    expect(JSON.parse(body).errors[0]).toMatchObject({
      message: expect.stringContaining('The request stalled.'),
      extensions: { code: 'BAD_REQUEST' },
    });
    await wire.closed();
  });

  it.concurrent('is disconnected if it stalls within its headers', async () => {
    await using server = await startMultipartServer({}, { headers: 100 });
    using wire = await openWire(server.url);
    await wire.send('POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\n');
    expect((await wire.response()).status).toBe(408);
    await wire.closed();
  });

  it.concurrent('does not delay a healthy client, even if 200 of them stall', async () => {
    await using server = await startMultipartServer({ idleTimeout: 6_000 });
    const stalled = await Promise.all(Array.from({ length: 200 }, () => openWire(server.url)));
    const answers = stalled.map(async (wire) => {
      await wire.send(
        `${requestHead({ 'Content-Length': 50_000 })}${preludeFor(TAKE)}${fileHead('0', 'a.txt')}half`,
      );
      return await wire.response();
    });
    let answered = 0;
    for (const answer of answers) {
      void answer.then(() => {
        answered += 1;
      });
    }
    using healthy = await openWire(server.url);
    await healthy.send(requestHead({ 'Content-Length': USUAL.length }) + USUAL);
    expect(JSON.parse((await healthy.response()).body).data.take).toEqual(taken('hello'));
    expect(answered).toBe(0);
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual(stalled.map(() => 400));
    for (const wire of stalled) {
      wire[Symbol.dispose]();
    }
  });

  it('is disconnected if it never stalls but sends for too long', async () => {
    await using server = await startMultipartServer({}, { headers: 100, request: 300 });
    using wire = await openWire(server.url);
    await wire.send(
      `${requestHead({ 'Content-Length': 50_000 })}${preludeFor(TAKE)}${fileHead('0', 'a.txt')}`,
    );
    const drip = setInterval(() => wire.socket.write('x'), 10);
    await wire.closed();
    clearInterval(drip);
    await expect.poll(() => server.spooled()).toEqual([]);
  });

  it.concurrent('is not disconnected if it never stalls', async () => {
    const idleTimeout = 3_000;
    await using server = await startMultipartServer({ idleTimeout });
    using wire = await openWire(server.url);
    await wire.send(requestHead({ 'Content-Length': USUAL.length }));
    const step = Math.ceil(USUAL.length / 25);
    for (let at = 0; at < USUAL.length; at += step) {
      await wire.send(USUAL.slice(at, at + step));
      // All steps together take one and a half times the limit. On a busy machine, a step can take fifteen times as long.
      await new Promise((resolve) => setTimeout(resolve, (1.5 * idleTimeout) / 25));
    }
    expect(JSON.parse((await wire.response()).body).data.take).toEqual(taken('hello'));
  });
});

/** Makes V8 collect garbage often, so that chunks that the resolver has read do not count as kept by the parser. */
const SMALL_YOUNG_GENERATION = '--max-semi-space-size=1';

describe('The memory of the server', () => {
  const LIMIT = 64 * MIB;

  it('stays flat during 50 slow uploads of 5 MiB and during an upload of 1 GiB', async () => {
    const server = await startServerProcess();
    const head = (document: string) => preludeFor(document) + fileHead('0', 'a.bin');
    const file = head(TAKE);
    const lengthOf = (bytes: number) => file.length + bytes + BODY_END.length;
    // The first requests load and compile the code that every request needs.
    for (let round = 0; round < 20; round += 1) {
      using wire = await openWire(server.url);
      await wire.send(requestHead({ 'Content-Length': lengthOf(MIB) }) + file);
      await finish(wire, MIB);
    }
    const idle = await server.residentBytes();

    const slow = await Promise.all(Array.from({ length: 50 }, () => openWire(server.url)));
    await Promise.all(
      slow.map((wire) => wire.send(requestHead({ 'Content-Length': lengthOf(5 * MIB) }) + file)),
    );
    const chunk = Buffer.alloc(256 * 1024, 'x');
    for (let sent = 0; sent < 5 * MIB; sent += chunk.length) {
      await Promise.all(slow.map((wire) => wire.send(chunk)));
    }
    let peak = await server.residentBytes();
    // Sent bytes may wait in the kernel until the server reads them.
    for (const wire of slow) {
      await finish(wire, 0);
      wire[Symbol.dispose]();
      peak = Math.max(peak, await server.residentBytes());
    }
    expect(peak - idle).toBeLessThan(LIMIT);

    using large = await openWire(server.url);
    // Stores the file as Portrait does. Another reader could leave garbage that the parser does not cause.
    const stored = head('mutation ($file: File!) { store(file: $file) }');
    await large.send(
      requestHead({ 'Content-Length': stored.length + 1024 * MIB + BODY_END.length }) + stored,
    );
    peak = 0;
    for (let sent = 0; sent < 1024; sent += 64) {
      await sendBytes(large, 64 * MIB);
      peak = Math.max(peak, await server.residentBytes());
    }
    const answer = await finish(large, 0);
    expect(JSON.parse(answer.body).data.store).toBe(1024 * MIB);
    expect(peak - idle).toBeLessThan(LIMIT);
  });
});

/** Sends the rest of a file and the end of the body. Expects success. */
async function finish(wire: Wire, bytes: number) {
  await sendBytes(wire, bytes);
  await wire.send(BODY_END);
  const answer = await wire.response();
  expect(answer.status, answer.body).toBe(200);
  return answer;
}

async function sendBytes(wire: Wire, bytes: number): Promise<void> {
  const chunk = Buffer.alloc(MIB, 'x');
  for (let sent = 0; sent < bytes; sent += chunk.length) {
    await wire.send(chunk);
  }
}

/** Starts the test server in another process, for files of up to 1 GiB. */
async function startServerProcess() {
  const server = spawn(
    process.execPath,
    [SMALL_YOUNG_GENERATION, join(import.meta.dirname, '../support/multipart-server-process.ts')],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  onTestFinished(() => {
    server.kill('SIGKILL');
  });
  const [url] = (await once(createInterface(server.stdout), 'line')) as [string];
  return {
    url,
    async residentBytes() {
      const status = await readFile(`/proc/${server.pid}/status`, 'utf8');
      return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
    },
  };
}
