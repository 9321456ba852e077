import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { openSqliteDatabase } from '../../src/database/sqlite/sqlite-database.ts';
import { picturePath as storagePath } from '../../src/storage/storage.ts';
import { type GraphQLResponse, query, upload, uploaded, viewer } from '../support/graphql.ts';
import { paddedPicture, pictureFile } from '../support/pictures.ts';
import { type Portrait, startPortrait } from '../support/portrait.ts';

let portrait: Portrait;

beforeAll(async () => {
  portrait = await startPortrait();
});
afterAll(() => portrait[Symbol.asyncDispose]());

async function load(url: string): Promise<Buffer> {
  const response = await fetch(url);
  expect(response.status, url).toBe(200);
  return Buffer.from(await response.arrayBuffer());
}

/** Accepted pictures, with the width and height of the upright original and the edge lengths of the renditions. */
const ACCEPTED = [
  ['animated.gif', 80, 80, [64]],
  ['cmyk.jpg', 500, 333, [64, 128, 256]],
  ['grey-alpha-16bit.png', 109, 96, [64]],
  ['orientation-1.jpg', 1800, 1200, [64, 128, 256, 512]],
  ['orientation-3.jpg', 1800, 1200, [64, 128, 256, 512]],
  ['orientation-6.jpg', 1800, 1200, [64, 128, 256, 512]],
  ['orientation-8.jpg', 1800, 1200, [64, 128, 256, 512]],
  ['photo-2725x2225.jpg', 2725, 2225, [64, 128, 256, 512]],
  ['photo.avif', 2048, 858, [64, 128, 256, 512]],
  ['photo.webp', 1024, 772, [64, 128, 256, 512]],
  ['transparent.png', 2048, 1536, [64, 128, 256, 512]],
] as const;

/** Rejected pictures, with the status and the extensions of the error. */
const REJECTED = [
  ['big-height.webp', 422, { code: 'IMAGE_TOO_SMALL', width: 13, height: 169, limit: 32 }],
  ['corrupt-header.jpg', 422, { code: 'UNREADABLE_IMAGE' }],
  ['display-p3.png', 422, { code: 'IMAGE_TOO_SMALL', width: 8, height: 8, limit: 32 }],
  ['drawing.svg', 415, { code: 'UNSUPPORTED_FILE_TYPE', detected: '.svg' }],
  ['truncated.jpg', 422, { code: 'UNREADABLE_IMAGE' }],
  ['truncated.png', 422, { code: 'UNREADABLE_IMAGE' }],
] as const;

describe('An upload', () => {
  it.each(ACCEPTED)(
    'of %s succeeds, and every URL in the response loads',
    async (name, width, height, sizes) => {
      const { profilePicture } = await uploaded(portrait, await pictureFile(name));
      expect(profilePicture).toMatchObject({ fileName: name, width, height, altText: null });
      expect(profilePicture.id).toMatch(/^pic_[0-9a-f]{32}$/);
      const renditions = profilePicture.srcSet.split(', ').map((entry) => entry.split(' '));
      expect(renditions.map(([, descriptor]) => descriptor)).toEqual(sizes.map((size) => `${size}w`));
      for (const [index, size] of sizes.entries()) {
        const metadata = await sharp(await load(renditions[index]?.[0] as string)).metadata();
        expect(metadata).toMatchObject({ format: 'webp', width: size, height: size });
        expect([metadata.exif, metadata.icc, metadata.xmp, metadata.iptc]).toEqual(Array(4).fill(undefined));
      }
      const jpeg = await sharp(await load(profilePicture.jpeg)).metadata();
      expect(jpeg).toMatchObject({ format: 'jpeg', width: sizes.at(-1), space: 'srgb' });
      expect(await portrait.uploads()).toEqual([]);
    },
  );

  it.each(REJECTED)('of %s is rejected, and the current picture stays', async (name, status, extensions) => {
    const before = await uploaded(portrait, await pictureFile('photo.webp'));
    const response = await upload(portrait, await pictureFile(name));
    expect(response.status).toBe(status);
    expect(response.data).toBeNull();
    expect(response.errors).toHaveLength(1);
    expect(response.errors?.[0]?.extensions).toMatchObject(extensions);
    expect(await viewer(portrait)).toEqual(before);
    expect(await portrait.uploads()).toEqual([]);
  });

  it('that is rejected leaves no files and no row', async () => {
    const database = openSqliteDatabase(join(portrait.folder, 'data/portrait.db'));
    onTestFinished(() => database.close());
    // The server deletes pictures that left the trash in the background.
    await expect.poll(() => database.findDeleting()).toEqual([]);
    const before = await portrait.pictures();
    await upload(portrait, await pictureFile('truncated.jpg'));
    await upload(portrait, await pictureFile('big-height.webp'));
    expect(await portrait.pictures()).toEqual(before);
    expect(await readdir(join(portrait.folder, 'pictures/.staging'))).toEqual([]);
    await database.abandonLeftovers();
    expect(await database.findDeleting()).toEqual([]);
  });

  it('is stored under a path made from its ID, not from the client’s file name', async () => {
    const { profilePicture } = await uploaded(portrait, await pictureFile('photo.webp'));
    expect(await portrait.pictures()).toContain(storagePath(profilePicture.id));
    expect(profilePicture.url).toBe(
      `${portrait.url}/static/pictures/${storagePath(profilePicture.id)}/256.webp`,
    );
  });

  it('gets a file name that is safe to display', async () => {
    const bytes = await readFile(join(import.meta.dirname, '../images/photo.webp'));
    const named = async (name: string) =>
      (await uploaded(portrait, new File([bytes], name))).profilePicture.fileName;
    expect(await named('My cool photo.webp')).toBe('My_cool_photo.webp');
    expect(await named('../../../etc/passwd')).toBe('etc_passwd');
    expect(await named('你好.png')).toBe('picture.webp');
    expect(await named('blob')).toBe('blob');
    expect(await named('.htaccess')).toBe('picture.webp');
    expect(await named('John Smith Jr. photo')).toBe('John_Smith_Jr._photo');
    expect(await named('me.png/')).toBe('me.png');
    expect(await named('holiday.2026/me')).toBe('holiday.2026_me');
    expect(await named('jane.doe')).toBe('jane.doe');
    expect(await named('IMG_1.HEIC')).toBe('IMG_1.HEIC');
    expect(await named('photo.webp?width=200')).toBe('photo.webpwidth200');
    expect(await named('Next.js\u52c9\u5f37\u4f1a')).toBe('Next.js.webp');
    expect(await named('=?utf-8?B?ZmzDvGdlbC5wbmc=?=')).toBe('flugel.png');
  });

  it('can have the file extension of another picture type, because the bytes decide the type', async () => {
    const bytes = await readFile(join(import.meta.dirname, '../images/photo.webp'));
    const { profilePicture } = await uploaded(portrait, new File([bytes], 'me.png', { type: 'image/png' }));
    expect(profilePicture).toMatchObject({ fileName: 'me.png', width: 1024 });
  });

  it.each([
    ...['me.exe', 'me.svg', 'me.php', 'me.jpg.html', 'me..exe', 'me.jpg..html', '你好..html'],
    ...[
      'me.exe/',
      'me.exe\\ ',
      'me.\u2028exe',
      'me.exe\u200e',
      '=?utf-8?B?bWUuZXhl?=',
      `${'x'.repeat(96)}.php\u2028${'x'.repeat(20)}`,
    ],
  ])('named %j is rejected, even if the file is a picture', async (name) => {
    const bytes = await readFile(join(import.meta.dirname, '../images/photo.webp'));
    const { status, errors } = await upload(portrait, new File([bytes], name));
    expect([status, errors?.[0]?.extensions.code]).toEqual([415, 'UNSUPPORTED_FILE_TYPE']);
  });

  it('is cropped to the requested rectangle', async () => {
    const { profilePicture } = await uploaded(portrait, await pictureFile('orientation-6.jpg'), {
      crop: { x: 0.5, y: 0.25, width: 0.5, height: 0.5 },
    });
    const cropped = await sharp(await load(profilePicture.jpeg))
      .raw()
      .toBuffer();
    // The crop is 900 x 600, so its central square starts at x = 900 + 150 of the upright picture.
    const expected = await sharp(join(import.meta.dirname, '../images/orientation-1.jpg'))
      .extract({ left: 1050, top: 300, width: 600, height: 600 })
      .resize(512, 512)
      .raw()
      .toBuffer();
    expect(meanDifference(cropped, expected)).toBeLessThan(6);
  });

  it.each([
    { x: -0.1, y: 0, width: 0.5, height: 0.5 },
    { x: 0, y: 0, width: 0, height: 1 },
    { x: 0.6, y: 0, width: 0.5, height: 0.5 },
    { x: 0, y: 0.6, width: 0.5, height: 0.5 },
    { x: 0, y: 0, width: 1e300, height: 1 },
  ])('with the crop %j is rejected', async (crop) => {
    const { status, errors } = await upload(portrait, await pictureFile('photo.webp'), { crop });
    expect([status, errors?.[0]?.extensions.code]).toEqual([422, 'INVALID_CROP']);
  });

  it('with a crop smaller than 32 pixels is rejected', async () => {
    const crop = { x: 0.2, y: 0.2, width: 0.02, height: 0.5 };
    const { status, errors } = await upload(portrait, await pictureFile('photo.webp'), { crop });
    expect(status).toBe(422);
    expect(errors?.[0]?.extensions).toMatchObject({
      code: 'IMAGE_TOO_SMALL',
      width: 20,
      height: 386,
      limit: 32,
    });
  });

  it('stores its altText without surrounding whitespace', async () => {
    const { profilePicture } = await uploaded(portrait, await pictureFile('photo.webp'), {
      altText: '  A bridge ',
    });
    expect(profilePicture.altText).toBe('A bridge');
  });

  it('with an altText of 500 characters is accepted, and with one more it is rejected', async () => {
    const file = await pictureFile('photo.webp');
    const { profilePicture } = await uploaded(portrait, file, { altText: 'x'.repeat(500) });
    expect(profilePicture.altText).toHaveLength(500);
    const { status, errors } = await upload(portrait, file, { altText: 'x'.repeat(501) });
    expect([status, errors?.[0]?.extensions.code]).toEqual([400, 'BAD_USER_INPUT']);
  });
});

it('A picture with too many pixels is rejected with an error that states its size', async () => {
  const flat = await sharp({ create: { width: 8000, height: 7000, channels: 3, background: '#123456' } })
    .png()
    .toBuffer();
  const { status, errors } = await upload(portrait, new File([new Uint8Array(flat)], 'flat.png'));
  expect(status).toBe(422);
  expect(errors?.[0]?.extensions).toEqual({
    code: 'TOO_MANY_PIXELS',
    width: 8000,
    height: 7000,
    limit: 51_000_000,
  });
});

describe('A file', () => {
  const MAX = 5 * 1024 * 1024;

  it('of exactly 5 MiB is accepted', async () => {
    const { profilePicture } = await uploaded(portrait, await paddedPicture(MAX));
    expect(profilePicture.width).toBe(2725);
  });

  it('of one byte more than 5 MiB is rejected', async () => {
    const response = await upload(portrait, await paddedPicture(MAX + 1));
    expectTooLarge(response);
    expect(await portrait.uploads()).toEqual([]);
  });

  it.each([
    [MAX, 200],
    [MAX + 1, 413],
  ])('of %i bytes in a chunked body without Content-Length gets the status %i', async (bytes, status) => {
    const form = new FormData();
    form.append(
      'operations',
      JSON.stringify({
        query: 'mutation ($file: File!) { uploadProfilePicture(file: $file) { id } }',
        variables: { file: null },
      }),
    );
    form.append('map', '{"0":["variables.file"]}');
    form.append('0', await paddedPicture(bytes));
    const encoded = new Response(form);
    const response = await fetch(`${portrait.url}/graphql`, {
      method: 'POST',
      headers: { 'Content-Type': encoded.headers.get('Content-Type') as string },
      body: encoded.body,
      duplex: 'half',
    } as RequestInit);
    expect(response.status).toBe(status);
  });

  it('whose request announces far more than 5 MiB is rejected', async () => {
    expectTooLarge(await upload(portrait, await paddedPicture(MAX + 200_000)));
  });

  function expectTooLarge({ status, errors }: GraphQLResponse<unknown>) {
    expect(status).toBe(413);
    expect(errors?.[0]?.extensions).toEqual({ code: 'FILE_TOO_LARGE', maxBytes: MAX });
  }
});

it('uploadRules states the exact limits, types and error codes', async () => {
  const { data } = await query<{ uploadRules: Record<string, unknown> }>(
    portrait,
    '{ uploadRules { maxBytes minWidth minHeight maxAltTextLength types { mediaType extensions maxPixels } refusals { code status } } }',
  );
  expect(data?.uploadRules).toMatchObject({
    maxBytes: 5_242_880,
    minWidth: 32,
    minHeight: 32,
    maxAltTextLength: 500,
  });
  expect(data?.uploadRules['types']).toEqual([
    { mediaType: 'image/jpeg', extensions: ['jpg', 'jpeg', 'jpe', 'jfif'], maxPixels: 51_000_000 },
    { mediaType: 'image/png', extensions: ['png', 'apng'], maxPixels: 51_000_000 },
    { mediaType: 'image/webp', extensions: ['webp'], maxPixels: 51_000_000 },
    { mediaType: 'image/gif', extensions: ['gif'], maxPixels: 51_000_000 },
    { mediaType: 'image/avif', extensions: ['avif'], maxPixels: 17_000_000 },
  ]);
  expect(data?.uploadRules['refusals']).toContainEqual({ code: 'FILE_TOO_LARGE', status: 413 });
});

function meanDifference(a: Buffer, b: Buffer): number {
  return a.reduce((sum, value, index) => sum + Math.abs(value - (b[index] ?? 0)), 0) / a.length;
}
