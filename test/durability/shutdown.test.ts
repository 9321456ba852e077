import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { UPLOAD, viewer } from '../support/graphql.ts';
import { picturePath } from '../support/pictures.ts';
import { findPictures, portraitForTest } from '../support/portrait.ts';
import { BODY_END, fileHead, openWire, preludeFor, requestHead } from '../support/wire.ts';

describe.each(['SIGTERM', 'SIGINT'] as const)('%s', (signal) => {
  it('lets an upload finish that is still on the wire, refuses new ones, and ends with 0', async () => {
    const server = await portraitForTest();
    const picture = await readFile(picturePath('photo.webp'));
    const head = preludeFor(UPLOAD) + fileHead('0', 'photo.webp');
    using running = await openWire(server.url);
    using idle = await openWire(server.url);
    const length = Buffer.byteLength(head) + picture.length + BODY_END.length;
    await running.send(requestHead({ 'Content-Length': length }) + head);
    await running.send(picture.subarray(0, 100_000));
    // Its file is being received: from now on it counts as running.
    await expect.poll(() => server.uploads()).toHaveLength(1);
    await idle.send('GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
    await idle.answer();

    const ended = server.end(signal);
    await idle.closed();
    await expect.poll(() => connecting(server.url)).toBe('ECONNREFUSED');
    await running.send(picture.subarray(100_000));
    await running.send(BODY_END);
    const answer = await running.answer();
    expect(answer.status).toBe(200);
    expect(answer.headers['connection']).toBe('close');
    expect(JSON.parse(answer.body).data.uploadProfilePicture.profilePicture.width).toBe(1024);
    expect(await ended).toBe(0);

    const again = await portraitForTest({ folder: server.folder });
    expect((await viewer(again)).profilePicture?.fileName).toBe('photo.webp');
    expect(await findPictures(join(server.folder, 'pictures'))).toHaveLength(1);
  });

  it('ends at once when nothing runs', async () => {
    const server = await portraitForTest();
    expect(await server.end(signal)).toBe(0);
    expect(server.log()).toBe('');
  });
});

it('A second signal ends the server without waiting', async () => {
  const server = await portraitForTest();
  using running = await openWire(server.url);
  const head = preludeFor(UPLOAD) + fileHead('0', 'photo.webp');
  await running.send(`${requestHead({ 'Content-Length': 10_000 })}${head}${'x'.repeat(10)}`);
  using idle = await openWire(server.url);
  await idle.send('GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
  await idle.answer();
  const ended = server.end('SIGTERM');
  await idle.closed();
  process.kill(server.pid, 'SIGTERM');
  expect(await ended).toBe(1);
});

/** What becomes of a new connection. */
async function connecting(url: string): Promise<string> {
  try {
    (await openWire(url))[Symbol.dispose]();
    return 'accepted';
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  }
}
