import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { uploaded } from '../support/graphql.ts';
import { pictureFile } from '../support/pictures.ts';
import { type MeasuredPortrait, startMeasured } from '../support/unharmed.ts';
import { openWire, type Wire } from '../support/wire.ts';
import { type Stage, type UploadBytes, uploadBytes } from './upload-bytes.ts';

// More of them: ABORT_ROUNDS=500 npx vitest run test/hostile/aborts.test.ts
const ROUNDS = Number(process.env['ABORT_ROUNDS'] ?? 10);

let server: MeasuredPortrait;
let upload: UploadBytes;

beforeAll(async () => {
  [server, upload] = await Promise.all([startMeasured(), uploadBytes()]);
});
afterAll(() => server[Symbol.asyncDispose]());

type Leave = (wire: Wire) => void;

const WAYS: readonly (readonly [way: string, leave: Leave])[] = [
  ['by FIN', ({ socket }) => socket.destroy()],
  ['by RST', ({ socket }) => socket.resetAndDestroy()],
  // It still reads what comes, until the server closes as well.
  ['by a FIN of its half', ({ socket }) => socket.end()],
];

const openWires = () => Promise.all(Array.from({ length: ROUNDS }, () => openWire(server.url)));

/** Lets clients leave in each way, every time so many of them at once. */
async function leaveInEachWay(reachStage: (wires: readonly Wire[]) => Promise<unknown>): Promise<void> {
  for (const [, leave] of WAYS) {
    const wires = await openWires();
    await reachStage(wires);
    for (const wire of wires) {
      leave(wire);
    }
    await Promise.all(wires.map((wire) => wire.closed()));
  }
}

/** When it is answered the server has, in its one thread, also read what others sent before. */
async function haveServerRead(): Promise<void> {
  for (let turn = 0; turn < 2; turn += 1) {
    await (await fetch(`${server.url}/health`)).text();
  }
}

/** So much of the file is there that its type is known, and it is being written. */
const IN_THE_FILE: readonly Stage[] = [
  'in the middle of the file',
  'at the last byte of the file',
  'within the last delimiter',
];

describe(`${ROUNDS} clients that leave by FIN, by RST and by half`, () => {
  it.each([
    'within the request line',
    'within the headers',
    'behind the headers',
    'within operations',
    'within the map',
    "within the file's header",
    'before the file',
    'at the first byte of the file',
    ...IN_THE_FILE,
  ] as const)('%s of an upload leave nothing', async (stage) => {
    await leaveInEachWay(async (wires) => {
      await Promise.all(wires.map((wire) => wire.send(upload.bytes.subarray(0, upload.stages[stage]))));
      await haveServerRead();
      if (IN_THE_FILE.includes(stage)) {
        await expect.poll(() => server.uploads()).toHaveLength(ROUNDS);
      }
    });
    await server.expectUnharmed();
  });

  it('behind the last byte of an upload, before the answer, leave nothing half-made', async () => {
    await leaveInEachWay((wires) => Promise.all(wires.map((wire) => wire.send(upload.bytes))));
    // The server takes a moment to detect that a client left by FIN. Until then, its upload stays in the queue of their user.
    await expect.poll(() => server.uploads()).toEqual([]);
    await server.expectUnharmed();
    await expect.poll(() => readdir(`${server.folder}/pictures/.staging`)).toEqual([]);
  });

  it('while the answer to an upload is written leave nothing', async () => {
    await leaveInEachWay((wires) =>
      Promise.all(
        wires.map(async (wire) => {
          await wire.send(upload.bytes);
          await once(wire.socket, 'data');
        }),
      ),
    );
    await server.expectUnharmed();
  });

  it('right after they asked for a picture leave no file open', async () => {
    const { profilePicture } = await uploaded(server, await pictureFile('photo.webp'));
    const get = `GET ${new URL(profilePicture.url).pathname} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`;
    await leaveInEachWay((wires) => Promise.all(wires.map((wire) => wire.send(get))));
    await server.expectUnharmed();
  });

  it('while a large file is written to them leave it closed', async () => {
    const get = 'GET /static/page/graphiql/graphiql.js HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n';
    await leaveInEachWay((wires) =>
      Promise.all(
        wires.map(async (wire) => {
          await wire.send(get);
          await once(wire.socket, 'data');
        }),
      ),
    );
    await server.expectUnharmed();
  });
});
