import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { uploadWithCurl } from '../../support/curl.ts';
import { type Portrait, portraitForTest, startPortrait } from '../../support/portrait.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const LARGE = 50 * 1024 * 1024;

let portrait: Portrait;

beforeAll(async () => {
  // The limit is so high that the server rejects no request because of its Content-Length.
  portrait = await startPortrait({ env: { MAX_UPLOAD_BYTES: String(2 * LARGE) } });
});
afterAll(() => portrait[Symbol.asyncDispose]());

describe('curl', () => {
  it('reads an early response while 50 MB are still being sent, and the server keeps none of the file', async () => {
    const file = join(await temporaryFolder(), 'large.jpg');
    await writeFile(file, Buffer.alloc(LARGE, 'not a picture '));
    const { status, body } = await uploadWithCurl(portrait.url, file, ['-H', 'Expect:']);
    expect([status, JSON.parse(body).errors[0].extensions.code]).toEqual([415, 'UNSUPPORTED_FILE_TYPE']);
    expect(await portrait.uploads()).toEqual([]);
  });

  it('sends no byte of a body that is too large if it waits for 100 Continue', async () => {
    const server = await portraitForTest();
    const file = join(await temporaryFolder(), 'large.jpg');
    await writeFile(file, Buffer.alloc(LARGE));
    const { status, body, sent } = await uploadWithCurl(server.url, file, ['-H', 'Expect: 100-continue']);
    expect([status, JSON.parse(body).errors[0].extensions, sent]).toEqual([
      413,
      { code: 'FILE_TOO_LARGE', maxBytes: 5_242_880 },
      0,
    ]);
  });
});
