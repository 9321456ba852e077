import { readdir, readlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type MultipartServer, startMultipartServer } from '../../support/multipart-server.ts';
import { openWire } from '../../support/wire.ts';

const FILE = 'large.bin';
/** Far more bytes than the kernel buffers for a client that does not read. */
const FILE_BYTES = 64 * 1024 * 1024;
const IDLE_MS = 300;

/** Counts the descriptors of the file in this process, in which the server runs. */
async function openFiles(server: MultipartServer): Promise<number> {
  const links = (await readdir('/proc/self/fd')).map((file) =>
    readlink(`/proc/self/fd/${file}`).catch(() => ''),
  );
  return (await Promise.all(links)).filter((path) => path === join(server.folder, FILE)).length;
}

it('A client that does not read its response is disconnected, and the file is closed', async () => {
  await using server = await startMultipartServer({}, { idle: IDLE_MS });
  await writeFile(join(server.folder, FILE), '');
  await truncate(join(server.folder, FILE), FILE_BYTES);
  using wire = await openWire(server.url);
  wire.socket.pause();
  await wire.send(`GET /static/${FILE} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
  await expect.poll(() => openFiles(server)).toBe(1);
  await expect.poll(() => openFiles(server)).toBe(0);
  wire.socket.resume();
  await wire.closed();
  expect(wire.socket.bytesRead).toBeLessThan(FILE_BYTES);
});
