import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { describe, expect, it, test } from 'vitest';
import { createDefaultAvatars } from '../../src/pictures/default-avatars.ts';
import { loadGlyphShaper } from '../../src/pictures/glyph-shaper.ts';
import { backgroundOf, INITIALS_COLORS, initialsOf } from '../../src/pictures/initials.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const avatars = createDefaultAvatars();

/** Pixels that are not background, in hundredths of the image. */
interface Ink {
  readonly background: string;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  /** Share of the image's pixels that are white. */
  readonly white: number;
}

describe('initials as PNG', () => {
  it.for(Array.from({ length: INITIALS_COLORS }, (_, color) => color))(
    'color %i is the background of the SVG, and the letters are white',
    async (color) => {
      const { background, white } = await inkOf(await avatars.initials({ text: 'AL', color }, 64));
      expect(background).toBe(backgroundOf(color));
      expect(white).toBeGreaterThan(0.03);
    },
  );

  it.for(['A', 'H', 'AV', 'WM', '3M', '?', 'ÉÓ', 'ß', 'ﬁ', '\u01c4', '\u01c5', 'Ё', 'Ά', 'ЩЖ', '\u0934'])(
    '"%s" is centered with a margin',
    async (text) => {
      const { left, right, top, bottom } = await inkOf(await avatars.initials({ text, color: 0 }, 256));
      expect(Math.abs(left + right - 100)).toBeLessThan(4);
      expect(left).toBeGreaterThan(7);
      expect(top).toBeGreaterThan(7);
      expect(bottom).toBeLessThan(93);
    },
  );

  it.for(['H', 'AL', 'HЖ', 'HΔ'])(
    'capitals without marks are as tall as in the SVG, and centered: %s',
    async (text) => {
      const { top, bottom } = await inkOf(await avatars.initials({ text, color: 0 }, 256));
      expect((top + bottom) / 2).toBeCloseTo(50, 0);
      // 0.714 em, and an em is 42 hundredths of the image.
      expect(bottom - top).toBeCloseTo(30, 0);
    },
  );

  it('a mark without a composed letter is above its letter', async () => {
    const bare = await inkOf(await avatars.initials({ text: 'Q', color: 0 }, 256));
    const marked = await inkOf(await avatars.initials({ text: 'Q\u030c', color: 0 }, 256));
    expect(marked).toMatchObject({ left: bare.left, right: bare.right, bottom: bare.bottom });
    expect(bare.top - marked.top).toBeGreaterThan(5);
  });

  it('the widest initials become smaller', async () => {
    const { left, right } = await inkOf(await avatars.initials({ text: '\u01c4\u01c4', color: 0 }, 256));
    expect(left).toBeGreaterThan(7);
    expect(right).toBeLessThan(93);
  });

  it.for([
    { size: 1, edge: 64 },
    { size: 64, edge: 64 },
    { size: 65, edge: 128 },
    { size: 256, edge: 256 },
    { size: 512, edge: 512 },
    { size: 2048, edge: 512 },
  ])('a size of $size results in $edge pixels, like the size of a picture', async ({ size, edge }) => {
    for (const png of [
      await avatars.initials({ text: 'A', color: 0 }, size),
      await avatars.silhouette(size),
    ]) {
      const { format, width, height, hasAlpha } = await sharp(png).metadata();
      expect({ format, width, height, hasAlpha }).toEqual({
        format: 'png',
        width: edge,
        height: edge,
        hasAlpha: false,
      });
    }
  });
});

test.for([
  { what: 'Han', name: '\u5c71\u7530 \u592a\u90ce' },
  { what: 'Arabic', name: '\u0645\u062d\u0645\u062f \u0639\u0644\u064a' },
  { what: 'Hebrew', name: '\u05d3\u05d5\u05d3' },
  { what: 'Hangul', name: '\ud64d \uae38\ub3d9' },
  { what: 'Thai', name: '\u0e01\u0e33\u0e1e\u0e25' },
  { what: 'a letter outside the Basic Multilingual Plane', name: '\u{1e922}\u{1e923}' },
  { what: 'an invisible letter', name: '\u3164' },
  { what: 'a letter with a mark that the font lacks', name: 'a\u1dfa' },
  { what: 'letters between bidirectional marks', name: '\u202e\u0645\u202c \u2067\u0639\u2069' },
])('a name without drawable letters gets the silhouette: $what', async ({ name }) => {
  const drawn = await avatars.initials(initialsOf({ id: 'user', name }), 64);
  expect(drawn).toEqual(await avatars.silhouette(64));
});

test.for([
  { what: 'the first letter', name: 'Ada \u5c71', same: 'A' },
  { what: 'the last letter', name: '\u0645 Bob', same: 'B' },
  { what: 'bidirectional marks', name: '\u202eAda \u2067Bob\u2069', same: 'AB' },
  { what: 'emoji', name: '\u{1f469}\u200d\u{1f4bb} Ada', same: 'A' },
  { what: 'markup', name: '<svg/onload=x> "&\'', same: 'S' },
])('only the drawable letters of a name are drawn: $what', async ({ name, same }) => {
  const { color, ...initials } = initialsOf({ id: 'user', name });
  const drawn = await avatars.initials({ ...initials, color }, 64);
  expect(drawn).toEqual(await avatars.initials({ text: same, color }, 64));
  expect(drawn).not.toEqual(await avatars.silhouette(64));
});

test('a letter with thousands of marks is drawn, with the first of them', async () => {
  const initials = initialsOf({ id: 'user', name: `z${'\u0301'.repeat(10_000)}` });
  const { left, right, white } = await inkOf(await avatars.initials(initials, 64));
  expect(white).toBeGreaterThan(0.01);
  expect(left).toBeGreaterThan(7);
  expect(right).toBeLessThan(93);
});

test('the silhouette is white on a gray with a contrast of at least 4.5:1, and symmetric', async () => {
  const { background, left, right, top, bottom, white } = await inkOf(await avatars.silhouette(256));
  const gray = Number.parseInt(background.slice(3, 5), 16) / 255;
  // The three channels are nearly equal: https://www.w3.org/TR/WCAG22/#dfn-relative-luminance
  expect(1.05 / (((gray + 0.055) / 1.055) ** 2.4 + 0.05)).toBeGreaterThan(4.5);
  expect(left + right).toBeCloseTo(100, 0);
  expect(top).toBeGreaterThan(15);
  expect(bottom).toBe(100);
  expect(white).toBeGreaterThan(0.25);
});

describe('the cache', () => {
  it('concurrent requests for an image share one drawing, and later ones get the same bytes', async () => {
    const cached = createDefaultAvatars();
    const draw = () => cached.initials({ text: 'JD', color: 3 }, 64);
    const [first, ...others] = await Promise.all(Array.from({ length: 20 }, draw));
    for (const other of [...others, await draw()]) {
      expect(other).toBe(first);
    }
  });

  it('colors, texts and sizes have their own images', async () => {
    const images = [
      await avatars.initials({ text: 'A', color: 1 }, 64),
      await avatars.initials({ text: 'A', color: 2 }, 64),
      await avatars.initials({ text: 'B', color: 1 }, 64),
      await avatars.initials({ text: 'A', color: 1 }, 128),
      await avatars.initials({ text: '1', color: 1 }, 64),
      await avatars.silhouette(64),
    ];
    expect(new Set(images.map(digestOf)).size).toBe(images.length);
  });

  it('drops the least recently requested image when it is full', async () => {
    const cached = createDefaultAvatars({ maxCacheBytes: 8 * 1024 });
    const draw = (text: string) => cached.initials({ text, color: 0 }, 64);
    const first = await draw('A');
    expect(await draw('A')).toBe(first);
    for (const text of ['B', 'C', 'D', 'E', 'F', 'G', 'H']) {
      await draw(text);
    }
    const again = await draw('A');
    expect(again).not.toBe(first);
    expect(again).toEqual(first);
  });
});

test('the font is loaded once, and again after a failure', async () => {
  let loads = 0;
  const { initials } = createDefaultAvatars({
    loadShaper: () => {
      loads += 1;
      return loads === 1 ? Promise.reject(new Error('EMFILE')) : loadGlyphShaper();
    },
  });
  const draw = (text: string) => initials({ text, color: 0 }, 64);
  await expect(Promise.all([draw('A'), draw('A'), draw('B')])).rejects.toThrow('EMFILE');
  expect(await draw('A')).toEqual(await avatars.initials({ text: 'A', color: 0 }, 64));
  await draw('B');
  expect(loads).toBe(2);
});

test('drawing uses no font of the system, and loads its libraries at the first image', async () => {
  const folder = await temporaryFolder();
  const fonts = join(folder, 'fonts');
  await mkdir(fonts);
  await writeFile(
    join(folder, 'fonts.conf'),
    `<?xml version="1.0"?><fontconfig><dir>${fonts}</dir><cachedir>${folder}</cachedir></fontconfig>`,
  );
  const program = `
    const { createDefaultAvatars } = await import('./src/pictures/default-avatars.ts');
    const avatars = createDefaultAvatars();
    process.stderr.write('created\\n');
    const png = await avatars.initials({ text: '\u00c9\u0416', color: 5 }, 128);
    process.stdout.write(png.toString('base64'));`;
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    ['--import', './test/support/log-imports.ts', '--input-type=module', '--eval', program],
    {
      cwd: join(import.meta.dirname, '../..'),
      env: { FONTCONFIG_FILE: join(folder, 'fonts.conf'), FONTCONFIG_PATH: folder, HOME: folder },
    },
  );
  const here = await avatars.initials({ text: '\u00c9\u0416', color: 5 }, 128);
  expect(stdout).toBe(here.toString('base64'));
  const [before = '', after = ''] = stderr.split('created\n');
  expect(before).toContain('/default-avatars.ts');
  expect(before).not.toMatch(/node_modules\/(sharp|harfbuzzjs)\//);
  expect(after).toMatch(/node_modules\/sharp\//);
  expect(after).toMatch(/node_modules\/harfbuzzjs\//);
});

/** Measures an image. Its background is the color of the first pixel. */
async function inkOf(png: Buffer): Promise<Ink> {
  const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
  const { width, channels } = info;
  const pixels = Array.from({ length: width * width }, (_, index) =>
    data.subarray(index * channels, (index + 1) * channels).toString('hex'),
  );
  const [background = ''] = pixels;
  const inked = pixels.flatMap((pixel, index) => (pixel === background ? [] : [index]));
  const columns = inked.map((index) => index % width);
  const rows = inked.map((index) => Math.floor(index / width));
  const percent = (value: number) => (100 * value) / width;
  return {
    background: `#${background}`,
    left: percent(columns.reduce((a, b) => Math.min(a, b), width)),
    right: percent(columns.reduce((a, b) => Math.max(a, b), -1) + 1),
    top: percent(rows.reduce((a, b) => Math.min(a, b), width)),
    bottom: percent(rows.reduce((a, b) => Math.max(a, b), -1) + 1),
    white: pixels.filter((pixel) => pixel === 'ffffff').length / pixels.length,
  };
}

function digestOf(image: Buffer): string {
  return createHash('sha256').update(image).digest('hex');
}
