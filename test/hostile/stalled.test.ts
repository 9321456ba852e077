import { afterAll, beforeAll, expect, it } from 'vitest';
import { query, uploaded } from '../support/graphql.ts';
import { pictureFile } from '../support/pictures.ts';
import { type MeasuredPortrait, SMALL_PICTURE, startMeasured } from '../support/unharmed.ts';
import { openWire, type Wire } from '../support/wire.ts';
import { hasHeaders, type Stage, type UploadBytes, uploadBytes } from './upload-bytes.ts';

// For more clients: STALLED_CLIENTS=1500 npx vitest run test/hostile/stalled.test.ts
const STALLED = Number(process.env['STALLED_CLIENTS'] ?? 200);
/** Additional clients that send a few bytes at a time: more than 500 bytes/s, and fewer than 2,048 pieces in a minute. */
const SLOW = Math.ceil(STALLED / 8);
const PIECE_BYTES = 32;
const PIECE_EVERY_MS = 40;
const HEALTHY = 5;
const HEALTHY_ROUNDS = 8;

let server: MeasuredPortrait;
let upload: UploadBytes;

beforeAll(async () => {
  [server, upload] = await Promise.all([startMeasured(), uploadBytes()]);
});
afterAll(() => server[Symbol.asyncDispose]());

const openWires = (count: number) => Promise.all(Array.from({ length: count }, () => openWire(server.url)));

it(`${STALLED} stalled and ${SLOW} slow clients do not block healthy clients, and the slow clients succeed too`, async () => {
  const stages = (Object.keys(upload.stages) as Stage[]).filter((stage) => stage !== 'after the last byte');
  const stalled = await openWires(STALLED);
  let responses = 0;
  await Promise.all(
    stalled.map(async (wire, index) => {
      const stage = stages[index % stages.length] as Stage;
      await wire.send(upload.bytes.subarray(0, upload.stages[stage]));
      if (hasHeaders(stage)) {
        wire.response().then(
          () => {
            responses += 1;
          },
          () => {},
        );
      }
    }),
  );
  const slow = await openWires(SLOW);
  const drip = startDrip(slow);

  const picture = await pictureFile(SMALL_PICTURE);
  for (let round = 0; round < HEALTHY_ROUNDS; round += 1) {
    const uploads = Array.from({ length: HEALTHY }, () => uploaded(server, picture));
    const [{ status }] = await Promise.all([query(server, '{ viewer { id } }'), ...uploads]);
    expect(status).toBe(200);
  }
  expect(responses).toBe(0);

  for (let first = 0; first < slow.length; first += HEALTHY) {
    // All at once, the uploads could exceed the capacity of the decoders' queue. The others remain slow until their turn.
    const batch = slow.slice(first, first + HEALTHY);
    const sent = drip.stop(batch);
    expect(sent).toBeGreaterThan(0);
    for (const wire of batch) {
      wire.socket.write(upload.bytes.subarray(sent));
    }
    const completed = await Promise.all(batch.map((wire) => wire.response()));
    expect(completed.map(({ status }) => status)).toEqual(batch.map(() => 200));
  }
  for (const wire of [...stalled, ...slow]) {
    wire[Symbol.dispose]();
  }
  await server.expectUnharmed();
});

/** Starts to send an upload piece by piece, on each of the connections. */
function startDrip(wires: readonly Wire[]) {
  const dripping = new Set(wires);
  let sent = 0;
  const timer = setInterval(() => {
    for (const wire of dripping) {
      wire.socket.write(upload.bytes.subarray(sent, sent + PIECE_BYTES));
    }
    sent += PIECE_BYTES;
  }, PIECE_EVERY_MS);
  return {
    /** Stops on these connections. @returns the number of bytes sent on each of them. */
    stop(stopping: readonly Wire[]): number {
      for (const wire of stopping) {
        dripping.delete(wire);
      }
      if (dripping.size === 0) {
        clearInterval(timer);
      }
      return sent;
    },
  };
}
