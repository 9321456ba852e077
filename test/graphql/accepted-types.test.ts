import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { query, upload, uploaded } from '../support/graphql.ts';
import { type Portrait, startPortrait } from '../support/portrait.ts';

const ADVICE = 'Choose a JPEG or PNG picture.';
const MEDIA_TYPES = ['image/jpeg', 'image/png'];

let portrait: Portrait;

beforeAll(async () => {
  portrait = await startPortrait({ env: { ACCEPTED_TYPES: 'png,jpeg' } });
});
afterAll(() => portrait[Symbol.asyncDispose]());

async function draw(format: 'jpeg' | 'png' | 'webp' | 'gif' | 'avif', name = 'me'): Promise<File> {
  const picture = sharp({ create: { width: 64, height: 64, channels: 3, background: '#4a6b82' } });
  return new File([new Uint8Array(await picture.toFormat(format).toBuffer())], name);
}

describe('A server that accepts JPEG and PNG', () => {
  it.for(['jpeg', 'png'] as const)('accepts a %s and makes WebP renditions of it', async (format) => {
    const { profilePicture } = await uploaded(portrait, await draw(format, `me.${format}`));
    expect(profilePicture).toMatchObject({ width: 64, url: expect.stringMatching(/\.webp$/) });
  });

  it.for(['avif', 'webp', 'gif'] as const)('rejects a %s by its bytes, whatever its name', async (format) => {
    for (const name of ['me', 'me.jpg', 'me.png']) {
      const { status, errors } = await upload(portrait, await draw(format, name));
      expect(status).toBe(415);
      expect(errors).toMatchObject([
        {
          message: `Files of type image/${format} are not accepted. ${ADVICE}`,
          extensions: {
            code: 'UNSUPPORTED_FILE_TYPE',
            detected: `image/${format}`,
            mediaTypes: MEDIA_TYPES,
          },
        },
      ]);
    }
  });

  it.for(['avif', 'webp', 'gif', 'heic'])(
    'accepts the name me.%s, because the bytes decide',
    async (extension) => {
      const { profilePicture } = await uploaded(portrait, await draw('png', `me.${extension}`));
      expect(profilePicture).toMatchObject({ fileName: `me.${extension}`, width: 64 });
    },
  );

  it('lists only these types in uploadRules', async () => {
    const { data } = await query<{ uploadRules: unknown }>(
      portrait,
      '{ uploadRules { types { mediaType extensions } } }',
    );
    expect(data?.uploadRules).toEqual({
      types: [
        { mediaType: 'image/jpeg', extensions: ['jpg', 'jpeg', 'jpe', 'jfif'] },
        { mediaType: 'image/png', extensions: ['png', 'apng'] },
      ],
    });
  });

  it('offers only these types on its page', async () => {
    const page = await (await fetch(portrait.url)).text();
    expect(page).toContain('JPEG or PNG. Up to 5 MiB');
    expect(page).toContain('Take a photo');
    expect([...page.matchAll(/<input[^>]*name="file"[^>]*>/g)].join()).toContain(
      'accept="image/jpeg,image/png"',
    );
    expect(page).not.toMatch(/avif|gif/i);
  });
});

it('A server that does not accept JPEG offers no camera, and does not recommend JPEG', async () => {
  await using server = await startPortrait({ env: { ACCEPTED_TYPES: 'avif' } });
  expect(await (await fetch(server.url)).text()).not.toContain('Take a photo');
  await uploaded(server, await draw('avif', 'me.avif'));
  const { errors } = await upload(server, new File(['\0\0\0\x18ftypheic\0\0\0\0heicmif1'], 'me'));
  expect(errors?.[0]?.message).toMatch(/Export this one as AVIF\.$/);
  const png = await upload(server, await draw('png'));
  expect(png.errors?.[0]?.message).toBe('Files of type image/png are not accepted. Choose an AVIF picture.');
});
