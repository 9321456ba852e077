import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { UPLOAD } from '../support/graphql.ts';
import { picturePath } from '../support/pictures.ts';
import { portraitForTest, startPortrait } from '../support/portrait.ts';
import { BODY_END, fileHead, openWire, preludeFor, requestHead } from '../support/wire.ts';

it('A second server on the same database does not start, and takes nothing from an upload of the first', async () => {
  const server = await portraitForTest();
  const picture = await readFile(picturePath('photo.webp'));
  const head = preludeFor(UPLOAD) + fileHead('0', 'photo.webp');
  using wire = await openWire(server.url);
  const length = Buffer.byteLength(head) + picture.length + BODY_END.length;
  await wire.send(requestHead({ 'Content-Length': length }) + head);
  await wire.send(picture.subarray(0, 100_000));
  await expect.poll(() => server.uploads()).toHaveLength(1);
  await expect(startPortrait({ folder: server.folder })).rejects.toThrow(
    'Another server is running on the database',
  );
  await wire.send(picture.subarray(100_000));
  await wire.send(BODY_END);
  expect((await wire.answer()).status).toBe(200);
});

it('A port that is taken is named in one sentence', async () => {
  const server = await portraitForTest();
  const PORT = new URL(server.url).port;
  const failure = await startPortrait({ env: { PORT } }).catch((error: Error) => error.message);
  expect(failure).toContain(`address already in use 127.0.0.1:${PORT}`);
  expect(failure).not.toContain('at ');
});
