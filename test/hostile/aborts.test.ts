import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtFile } from '../support/built-file.ts';
import { uploaded } from '../support/graphql.ts';
import { pictureFile } from '../support/pictures.ts';
import { type MeasuredPortrait, startMeasured } from '../support/unharmed.ts';
import { openWire, type Wire } from '../support/wire.ts';
import { type Stage, type UploadBytes, uploadBytes } from './upload-bytes.ts';

// For more clients: ABORT_ROUNDS=500 npx vitest run test/hostile/aborts.test.ts
const ROUNDS = Number(process.env['ABORT_ROUNDS'] ?? 10);

let server: MeasuredPortrait;
let upload: UploadBytes;

beforeAll(async () => {
  [server, upload] = await Promise.all([startMeasured(), uploadBytes()]);
});
afterAll(() => server[Symbol.asyncDispose]());

type Disconnect = (wire: Wire) => void;

const WAYS: readonly (readonly [way: string, disconnect: Disconnect])[] = [
  ['by FIN', ({ socket }) => socket.destroy()],
  ['by RST', ({ socket }) => socket.resetAndDestroy()],
  // The client still reads until the server closes its half too.
  ['by closing its half', ({ socket }) => socket.end()],
];

const openWires = () => Promise.all(Array.from({ length: ROUNDS }, () => openWire(server.url)));

/** For each way to disconnect: opens connections, brings them to a stage, and disconnects them all at once. */
async function disconnectInEachWay(reachStage: (wires: readonly Wire[]) => Promise<unknown>): Promise<void> {
  for (const [, disconnect] of WAYS) {
    const wires = await openWires();
    await reachStage(wires);
    for (const wire of wires) {
      disconnect(wire);
    }
    await Promise.all(wires.map((wire) => wire.closed()));
  }
}

/** Waits until the server has read all bytes sent so far. Its only thread reads them before it responds here. */
async function waitUntilRead(): Promise<void> {
  for (let turn = 0; turn < 2; turn += 1) {
    await (await fetch(`${server.url}/health`)).text();
  }
}

/** Stages at which the server knows the type of the file and is writing it. */
const FILE_STAGES: readonly Stage[] = [
  'in the middle of the file',
  'at the last byte of the file',
  'within the last delimiter',
];

describe(`${ROUNDS} clients that disconnect by FIN, by RST or by closing their half`, () => {
  it.each([
    'within the request line',
    'within the headers',
    'after the headers',
    'within operations',
    'within the map',
    "within the file's header",
    'before the file',
    'at the first byte of the file',
    ...FILE_STAGES,
  ] as const)('%s of an upload leave no trace', async (stage) => {
    await disconnectInEachWay(async (wires) => {
      await Promise.all(wires.map((wire) => wire.send(upload.bytes.subarray(0, upload.stages[stage]))));
      await waitUntilRead();
      if (FILE_STAGES.includes(stage)) {
        await expect.poll(() => server.uploads()).toHaveLength(ROUNDS);
      }
    });
    await server.expectUnharmed();
  });

  it('after the last byte of an upload, before the response, leave no incomplete picture', async () => {
    await disconnectInEachWay((wires) => Promise.all(wires.map((wire) => wire.send(upload.bytes))));
    // The server takes a moment to detect that a client disconnected by FIN. Until then, its upload stays in the
    // queue of the user.
    await expect.poll(() => server.uploads()).toEqual([]);
    await server.expectUnharmed();
    await expect.poll(() => readdir(`${server.folder}/pictures/.staging`)).toEqual([]);
  });

  it('at the first bytes of the response to an upload leave no trace', async () => {
    await disconnectInEachWay((wires) =>
      Promise.all(
        wires.map(async (wire) => {
          await wire.send(upload.bytes);
          await once(wire.socket, 'data');
        }),
      ),
    );
    await server.expectUnharmed();
  });

  it('right after requesting a picture leave no file open', async () => {
    const { profilePicture } = await uploaded(server, await pictureFile('photo.webp'));
    const get = `GET ${new URL(profilePicture.url).pathname} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`;
    await disconnectInEachWay((wires) => Promise.all(wires.map((wire) => wire.send(get))));
    await server.expectUnharmed();
  });

  it('while the server sends them a large file leave no file open', async () => {
    const get = `GET ${builtFile('graphiql/graphiql.js')} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`;
    await disconnectInEachWay((wires) =>
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
