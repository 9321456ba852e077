import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { UPLOAD, uploaded } from '../support/graphql.ts';
import { pictureFile, picturePath } from '../support/pictures.ts';
import { type Portrait, portraitForTest } from '../support/portrait.ts';
import { residentBytesOf } from '../support/server-usage.ts';
import { startFlags } from '../support/start-flags.ts';
import { BODY_END, fileHead, openWire, preludeFor, requestHead } from '../support/wire.ts';

const MIB = 1024 * 1024;
const UPLOADS = 50;
const FILE_BYTES = 5 * MIB;
const CHUNK_BYTES = 256 * 1024;
const WARM_UP_UPLOADS = 10;

it(`${UPLOADS} slow uploads of 5 MiB at once add less than 64 MiB to the server’s memory, and leave no files`, async () => {
  const server = await portraitForTest({ env: { NODE_OPTIONS: startFlags().join(' ') } });
  for (let count = 0; count < WARM_UP_UPLOADS; count += 1) {
    await uploaded(server, await pictureFile('orientation-1.jpg'));
  }
  const idle = await residentBytesOf(server.pid);

  const wires = await Promise.all(Array.from({ length: UPLOADS }, () => openWire(server.url)));
  const head = preludeFor(UPLOAD) + fileHead('0', 'photo.jpg');
  const length = Buffer.byteLength(head) + FILE_BYTES + BODY_END.length;
  await Promise.all(wires.map((wire) => wire.send(requestHead({ 'Content-Length': length }) + head)));
  // The first bytes are those of a picture, but the uploads never complete, so they are never decoded.
  const first = await readFile(picturePath('orientation-1.jpg'));
  const chunk = Buffer.concat([first, Buffer.alloc(CHUNK_BYTES)]).subarray(0, CHUNK_BYTES);
  let sent = 0;
  let peak = idle;
  while (sent + CHUNK_BYTES < FILE_BYTES) {
    await Promise.all(wires.map((wire) => wire.send(chunk)));
    sent += CHUNK_BYTES;
    peak = Math.max(peak, await residentBytesOf(server.pid));
  }
  // Sent bytes can wait in the kernel until the server reads them.
  await expect
    .poll(async () => {
      peak = Math.max(peak, await residentBytesOf(server.pid));
      return await receivedBytes(server);
    })
    .toBe(UPLOADS * sent);
  expect(peak - idle).toBeLessThan(64 * MIB);

  for (const wire of wires) {
    wire[Symbol.dispose]();
  }
  await expect.poll(() => server.uploads()).toEqual([]);
  expect(server.logWithoutAudit()).toBe('');
});

/** Returns how many bytes of all current uploads the server has received. */
async function receivedBytes({ folder, uploads }: Portrait): Promise<number> {
  const files = (await uploads()).map((name) => stat(join(folder, 'uploads', name)));
  return (await Promise.all(files)).reduce((sum, { size }) => sum + size, 0);
}
