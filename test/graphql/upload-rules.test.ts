import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rejectedExtension } from '../../src/file-names/rejected-extension.ts';
import { REJECTED_EXTENSIONS } from '../../src/file-names/rejected-extensions.ts';
import { ERROR_CODES } from '../../src/graphql/error-codes.ts';
import { query, upload, uploaded } from '../support/graphql.ts';
import { paddedTo } from '../support/pictures.ts';
import { type Portrait, portraitForTest, startPortrait } from '../support/portrait.ts';

interface Rules {
  readonly maxBytes: number;
  readonly minWidth: number;
  readonly minHeight: number;
  readonly maxAltTextLength: number;
  readonly rejectedExtensions: readonly string[];
  readonly types: readonly {
    readonly mediaType: string;
    readonly extensions: readonly string[];
    readonly maxPixels: number;
  }[];
  readonly refusals: readonly {
    readonly code: string;
    readonly status: number;
    readonly description: string;
  }[];
}

const MAX_PIXELS = 10_000;
/** Dimensions of pictures with this number of pixels, and with one pixel more. */
const EXACTLY = [80, 125] as const;
const ONE_MORE = [73, 137] as const;

let portrait: Portrait;
interface RuleIds {
  readonly id: string;
  readonly types: readonly { readonly id: string }[];
  readonly refusals: readonly { readonly id: string }[];
}

let rules: Rules;

beforeAll(async () => {
  portrait = await startPortrait({ env: { MAX_PIXELS: String(MAX_PIXELS), MAX_UPLOAD_BYTES: '100000' } });
  rules = await readRules(portrait);
});
afterAll(() => portrait[Symbol.asyncDispose]());

describe('A file', () => {
  it('of maxBytes is accepted', async () => {
    const { profilePicture } = await uploaded(
      portrait,
      paddedTo(rules.maxBytes, await draw('image/jpeg', 64, 64)),
    );
    expect(profilePicture.width).toBe(64);
  });

  it('of one byte more is rejected with maxBytes in the error', async () => {
    const { status, errors } = await upload(
      portrait,
      paddedTo(rules.maxBytes + 1, await draw('image/jpeg', 64, 64)),
    );
    expect(status).toBe(413);
    expect(errors?.[0]?.extensions).toEqual({ code: 'FILE_TOO_LARGE', maxBytes: rules.maxBytes });
  });

  it('of every mediaType is accepted under each of its extensions', async () => {
    for (const { mediaType, extensions } of rules.types) {
      for (const extension of extensions) {
        await uploaded(portrait, await draw(mediaType, 64, 64, `me.${extension}`));
      }
    }
    expect(rules.types).toHaveLength(5);
  });

  it('of a picture is rejected under a name with one of the rejectedExtensions, and accepted under others', async () => {
    expect(rules.rejectedExtensions).toEqual(REJECTED_EXTENSIONS);
    for (const name of ['me.exe', 'me.JPG.Html', 'jane.doe', 'me.heic', 'me.jpg?width=200', 'me.jpg\u200e']) {
      const { status } = await upload(portrait, await draw('image/jpeg', 64, 64, name));
      const isRejected = rejectedExtension(name, rules.rejectedExtensions) !== undefined;
      expect([name, status]).toEqual([name, isRejected ? 415 : 200]);
    }
  });

  it.each(['image/tiff', 'image/svg+xml'])(
    'of another type (%s) is rejected, and the error lists the types',
    async (type) => {
      const file =
        type === 'image/tiff'
          ? await draw(type, 64, 64, 'me')
          : new File(['<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"/>'], 'me');
      const { status, errors } = await upload(portrait, file);
      expect(status).toBe(415);
      expect(errors?.[0]?.extensions).toMatchObject({
        code: 'UNSUPPORTED_FILE_TYPE',
        mediaTypes: rules.types.map(({ mediaType }) => mediaType),
      });
    },
  );
});

describe('A picture', () => {
  it('of minWidth x minHeight is accepted', async () => {
    const { minWidth: width, minHeight: height } = rules;
    const { profilePicture } = await uploaded(portrait, await draw('image/png', width, height));
    expect(profilePicture).toMatchObject({ width, height });
  });

  it.each([
    [1, 0],
    [0, 1],
  ])('that is %i pixels too narrow and %i pixels too low is rejected', async (narrower, lower) => {
    const [width, height] = [rules.minWidth - narrower, rules.minHeight - lower];
    const { status, errors } = await upload(portrait, await draw('image/png', width, height));
    expect(status).toBe(422);
    expect(errors?.[0]?.extensions).toEqual({ code: 'IMAGE_TOO_SMALL', width, height, limit: 32 });
  });

  it('whose crop has minWidth x minHeight is accepted, and a smaller crop is rejected', async () => {
    const { minWidth, minHeight } = rules;
    const picture = await draw('image/png', 80, 80);
    const crop = (width: number, height: number) => ({
      x: 8 / 80,
      y: 16 / 80,
      width: width / 80,
      height: height / 80,
    });
    await uploaded(portrait, picture, { crop: crop(minWidth, minHeight) });
    for (const [width, height] of [
      [minWidth - 1, minHeight],
      [minWidth, minHeight - 1],
    ] as const) {
      const { status, errors } = await upload(portrait, picture, { crop: crop(width, height) });
      expect(status).toBe(422);
      expect(errors?.[0]?.extensions).toEqual({ code: 'IMAGE_TOO_SMALL', width, height, limit: 32 });
    }
  });

  it('of maxPixels is accepted as every type, and one pixel more is rejected', async () => {
    for (const { mediaType, maxPixels: limit } of rules.types) {
      expect(limit).toBe(MAX_PIXELS);
      await uploaded(portrait, await draw(mediaType, ...EXACTLY));
      const { status, errors } = await upload(portrait, await draw(mediaType, ...ONE_MORE));
      expect([mediaType, status]).toEqual([mediaType, 422]);
      const [width, height] = ONE_MORE;
      expect(errors?.[0]?.extensions).toEqual({ code: 'TOO_MANY_PIXELS', width, height, limit });
    }
  });

  it('of type AVIF has a separate limit if the general limit is higher', async () => {
    const server = await portraitForTest();
    const { types } = await readRules(server);
    const limit = types.find(({ mediaType }) => mediaType === 'image/avif')?.maxPixels;
    expect(limit).toBe(17_000_000);
    const { profilePicture } = await uploaded(server, await draw('image/avif', 4250, 4000));
    expect(profilePicture.width).toBe(4250);
    const { errors } = await upload(server, await draw('image/avif', 4250, 4001));
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'TOO_MANY_PIXELS', limit });
  });
});

describe('An altText', () => {
  const WAVE = '👋';

  it.each([
    ['letters', (length: number) => 'x'.repeat(length)],
    ['characters beyond the basic plane, which count as two', (length: number) => WAVE.repeat(length / 2)],
    ['text between spaces, which do not count', (length: number) => `  ${'x'.repeat(length)}  `],
  ])('of maxAltTextLength is accepted, and a longer text is rejected: %s', async (_title, textOf) => {
    const text = textOf(rules.maxAltTextLength);
    const { profilePicture } = await uploaded(portrait, await draw('image/png', 64, 64), { altText: text });
    expect(profilePicture.altText).toBe(text.trim());
    for (const mutation of [update, uploadWith]) {
      const { status, errors } = await mutation(`${text.trim()}x`);
      expect([status, errors?.[0]?.extensions.code]).toEqual([400, 'BAD_USER_INPUT']);
    }
  });

  const update = (altText: string) =>
    query(portrait, 'mutation ($altText: String!) { updateProfilePicture(altText: $altText) { id } }', {
      altText,
    });
  const uploadWith = async (altText: string) =>
    upload(portrait, await draw('image/png', 64, 64), { altText });
});

it('The refusals match the table of error codes, each with its status', () => {
  const table = Object.entries(ERROR_CODES).map(([code, { status, description }]) => ({
    code,
    status,
    description,
  }));
  expect(rules.refusals).toEqual(table);
});

it('The ids of all rules differ, and share a prefix', async () => {
  const { data } = await query<{ uploadRules: RuleIds }>(
    portrait,
    '{ uploadRules { id types { id } refusals { id } } }',
  );
  const { id, types = [], refusals = [] } = data?.uploadRules ?? {};
  const ids = [id, ...[...types, ...refusals].map((rule) => rule.id)];
  expect(ids).toHaveLength(1 + rules.types.length + rules.refusals.length);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.filter((rule) => !rule?.startsWith('portrait:'))).toEqual([]);
});

async function readRules(server: Portrait): Promise<Rules> {
  const { data } = await query<{ uploadRules: Rules }>(
    server,
    `{ uploadRules { maxBytes minWidth minHeight maxAltTextLength rejectedExtensions
       types { mediaType extensions maxPixels } refusals { code status description } } }`,
  );
  return (data as { uploadRules: Rules }).uploadRules;
}

/** Returns a picture of one color. */
async function draw(mediaType: string, width: number, height: number, name = 'me'): Promise<File> {
  const format = mediaType.replace('image/', '') as 'jpeg' | 'png' | 'webp' | 'gif' | 'avif' | 'tiff';
  const picture = sharp({ create: { width, height, channels: 3, background: '#4a6b82' } });
  const bytes = await (format === 'avif' ? picture.avif({ effort: 0 }) : picture.toFormat(format)).toBuffer();
  return new File([new Uint8Array(bytes)], name);
}
