import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { spool } from '../../src/multipart/spool.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const bytesOf = (length: number) => Buffer.from(Array.from({ length }, (_, index) => index % 251));
const CHUNK = 100_000;

describe('A spooled file', () => {
  it.each([0, 1, 64 * 1024, 300_000])(
    'of %i bytes can be read several times, concurrently and in sequence',
    async (length) => {
      const folder = await temporaryFolder();
      const bytes = bytesOf(length);
      const chunks = Array.from({ length: Math.ceil(length / CHUNK) }, (_, index) =>
        bytes.subarray(index * CHUNK, (index + 1) * CHUNK),
      );
      await using file = await spool(Readable.from(chunks.map((chunk) => Buffer.from(chunk))), folder, 'a-');
      expect(await readdir(folder)).toEqual([]);
      expect(await Promise.all([buffer(file.read()), buffer(file.read())])).toEqual([bytes, bytes]);
      expect(await buffer(file.read())).toEqual(bytes);
    },
  );

  it('stays readable for the other readers if some are destroyed', async () => {
    const bytes = bytesOf(300_000);
    await using file = await spool(Readable.from([Buffer.from(bytes)]), await temporaryFolder(), 'a-');
    const unread = file.read();
    const begun = file.read();
    const whole = buffer(file.read());
    await once(begun, 'readable');
    for (const reader of [unread, begun]) {
      reader.destroy();
      await once(reader, 'close');
    }
    expect(await whole).toEqual(bytes);
    expect(await buffer(file.read())).toEqual(bytes);
  });

  it('closes its remaining readers when it is disposed', async () => {
    const file = await spool(Readable.from([bytesOf(300_000)]), await temporaryFolder(), 'a-');
    const reader = file.read();
    await once(reader, 'readable');
    const closed = once(reader, 'close');
    await file[Symbol.asyncDispose]();
    await closed;
    expect(reader.readableEnded).toBe(false);
  });
});
