import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser } from '../support/browser.ts';
import { builtFile } from '../support/built-file.ts';
import { query } from '../support/graphql.ts';
import {
  alert,
  choose,
  fileInput,
  naturalWidth,
  openPage,
  previews,
  saveButton,
  send,
} from '../support/page.ts';
import { paddedTo, picturePath } from '../support/pictures.ts';
import { type Portrait, startPortrait } from '../support/portrait.ts';
import {
  p3Quadrants,
  QUADRANT_COLORS,
  quadrants,
  readQuadrants,
  srgbColorsOf,
} from '../support/quadrants.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const MIB = 1024 * 1024;
/** Maximum mean difference of two pictures per color channel, of 255. The HEIC has a low quality. */
const MAX_DIFFERENCE = 8;

let server: Portrait;
let browser: Browser;

beforeAll(async () => {
  [server, browser] = await Promise.all([startPortrait(), launchBrowser()]);
});
afterAll(async () => {
  await browser.close();
  await server[Symbol.asyncDispose]();
});

/** Writes a file to choose. Playwright cannot pass large files in memory. */
async function fileToChoose(name: string, content: Uint8Array): Promise<string> {
  const file = join(await temporaryFolder(), name);
  await writeFile(file, content);
  return file;
}

/** Appends bytes to a JPEG, as some cameras do. */
async function padded(bytes: number, jpeg: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  return new Uint8Array(await paddedTo(bytes, new File([jpeg], 'photo.jpg')).arrayBuffer());
}

interface Uploaded {
  readonly fileName: string;
  readonly size: readonly [width: number, height: number];
  readonly picture: Buffer;
}

/** Returns the user's picture as the server shows it. */
async function uploaded(): Promise<Uploaded> {
  const { data } = await query<{ viewer: { profilePicture: Record<string, never> } }>(
    server,
    '{ viewer { profilePicture { fileName width height url(size: 512) } } }',
  );
  const { fileName = '', width = 0, height = 0, url = '' } = data?.viewer.profilePicture ?? {};
  const picture = Buffer.from(await (await fetch(url)).arrayBuffer());
  return { fileName, size: [width, height], picture };
}

describe('Choosing and sending', () => {
  it('a turned JPEG of 48 megapixels and 11 MiB keeps the page responsive and the orientation', async () => {
    const jpeg = await quadrants(8000, 6000).withMetadata({ orientation: 6 }).jpeg().toBuffer();
    const file = await fileToChoose('IMG_1.jpeg', await padded(11 * MIB, new Uint8Array(jpeg)));
    const page = await openPage(browser, server.url);
    await countFrames(page);
    const workers: string[] = [];
    page.on('worker', (worker) => workers.push(new URL(worker.url()).pathname));
    await choose(page, file);
    await send(page);
    // One for the picture on the page, and one for the upload.
    expect(workers).toEqual([builtFile('photo-worker.js'), builtFile('photo-worker.js')]);
    expect(await page.evaluate('frames')).toBeGreaterThan(10);
    const { picture, ...facts } = await uploaded();
    expect(facts).toEqual({ fileName: 'IMG_1.jpg', size: [2048, 2048] });
    expect(await readQuadrants(picture)).toBe('CA/DB');
  });

  it('a JPEG of 64 megapixels is displayed as a copy of 2048 pixels', async () => {
    const page = await openPage(browser, server.url);
    await choose(page, await fileToChoose('large.jpg', await quadrants(10_000, 6400).jpeg().toBuffer()));
    await expect.poll(() => naturalWidth(previews(page).first())).toBe(2048);
  });

  it('a PNG of 12 MB stays transparent', async () => {
    const png = await quadrants(2000, 1600, 0).png({ compressionLevel: 0 }).toBuffer();
    expect(png.length).toBeGreaterThan(12_000_000);
    const page = await openPage(browser, server.url);
    await choose(page, await fileToChoose('logo.png', png));
    await send(page);
    const { picture, ...facts } = await uploaded();
    expect(facts).toEqual({ fileName: 'logo.webp', size: [1600, 1600] });
    expect(await readQuadrants(picture)).toBe('AB/C-');
  });

  it('a BMP, which only the browser can decode, works', async () => {
    const page = await openPage(browser, server.url);
    await choose(page, { name: 'scan.bmp', mimeType: 'image/bmp', buffer: bmp(64) });
    await send(page);
    const { picture, ...facts } = await uploaded();
    expect(facts).toEqual({ fileName: 'scan.jpg', size: [64, 64] });
    expect(await readQuadrants(picture)).toBe('AB/CD');
  });

  it.for(['photo.heic', 'photo.jpg'])('a HEIC named %s works', async (name) => {
    const page = await openPage(browser, server.url);
    const buffer = await readFile(picturePath('photo.heic'));
    await choose(page, { name, mimeType: 'image/heic', buffer });
    await send(page);
    const { picture, ...facts } = await uploaded();
    expect(facts).toEqual({ fileName: 'photo.jpg', size: [640, 523] });
    const { width } = await sharp(picture).metadata();
    const [actual, expected] = await Promise.all(
      [sharp(picture), sharp(picturePath('photo-2725x2225.jpg')).resize(width, width, { fit: 'cover' })].map(
        (photograph) => photograph.removeAlpha().raw().toBuffer(),
      ),
    );
    const difference = actual?.reduce((sum, value, at) => sum + Math.abs(value - (expected?.[at] ?? 0)), 0);
    expect((difference ?? 0) / (actual?.length ?? 0)).toBeLessThan(MAX_DIFFERENCE);
  });

  it('a HEIC of 10 bits in Display P3 is upright and has the same colors', async () => {
    const page = await openPage(browser, server.url);
    await choose(page, picturePath('turned-p3-10bit.heic'));
    // The square starts around the upper third, and the colors meet in the center.
    await page.getByRole('group', { name: 'Crop' }).focus();
    for (let step = 0; step < 22; step += 1) {
      await page.keyboard.press('ArrowUp');
    }
    await send(page);
    const colors = await srgbColorsOf(await p3Quadrants(160, 96));
    expect(await readQuadrants((await uploaded()).picture, colors)).toBe('BD/AC');
  });

  it('loads the worker and the HEIC decoder only when a photo needs them', async () => {
    const page = await openPage(browser, server.url);
    const loaded = new Set<string>();
    page.on('request', (request) => loaded.add(new URL(request.url()).pathname));
    const files = ['photo-worker.js', 'libheif.js', 'libheif.wasm'].map((name) => builtFile(name));
    const loadedFiles = () => files.filter((file) => loaded.has(file));
    await page.reload();
    await choose(page, picturePath('photo.webp'));
    expect(loadedFiles()).toEqual([]);
    await choose(page, { name: 'scan.bmp', mimeType: 'image/bmp', buffer: bmp(64) });
    await expect.poll(loadedFiles).toEqual(files.slice(0, 1));
    await choose(page, picturePath('photo.heic'));
    await expect.poll(loadedFiles).toEqual(files);
  });
});

describe('Before anything is sent', () => {
  it.for([
    ['a PDF named .jpg', 'photo.jpg', '%PDF-1.7', /“photo.jpg” has an unsupported file type/],
    [
      'a text that starts like a BMP',
      'notes.bmp',
      'BMX is a sport.',
      /“notes.bmp” has an unsupported file type/,
    ],
    ['a text named .heic', 'photo.heic', 'text', /“photo.heic” has an unsupported file type/],
  ] as const)('%s is rejected', async ([, name, text, sentence]) => {
    const page = await openPage(browser, server.url);
    const posts: string[] = [];
    page.on('request', (request) => request.method() === 'POST' && posts.push(request.url()));
    await fileInput(page).setInputFiles({ name, mimeType: 'image/jpeg', buffer: Buffer.from(text) });
    await alert(page).getByText(sentence).waitFor();
    expect(posts).toEqual([]);
  });

  it('a photo to reduce that was deleted after the choice is asked for again', async () => {
    const file = await fileToChoose('me.bmp', bmp(64));
    const page = await openPage(browser, server.url);
    await choose(page, file);
    await rm(file);
    await saveButton(page).click();
    await alert(page).getByText('“me.bmp” was changed, moved or deleted after you chose it').waitFor();
  });

  it('a HEIC whose decoder cannot be loaded says so', async () => {
    const page = await openPage(browser, server.url, { mayFail: [builtFile('libheif.wasm')] });
    await page.route('**/*.wasm', (route) => route.fulfill({ status: 404 }));
    await fileInput(page).setInputFiles(picturePath('photo.heic'));
    await alert(page).getByText('“photo.heic” cannot be prepared').waitFor();
  });
});

/** Counts the frames that the page shows while it prepares a photo. */
async function countFrames(page: Page): Promise<void> {
  await page.evaluate(`(() => {
    globalThis.frames = 0;
    const count = () => {
      frames += document.body.innerText.includes('Preparing photo…') ? 1 : 0;
      requestAnimationFrame(count);
    };
    requestAnimationFrame(count);
  })()`);
}

/** Returns a square BMP with the quadrants `AB/CD`, in rows from the bottom up. */
function bmp(edge: number): Buffer {
  const header = Buffer.alloc(54);
  header.write('BM', 'latin1');
  header.writeUInt32LE(header.length + 3 * edge * edge, 2);
  header.writeUInt32LE(header.length, 10);
  header.writeUInt32LE(40, 14);
  header.writeInt32LE(edge, 18);
  header.writeInt32LE(edge, 22);
  header.writeUInt16LE(1, 26);
  header.writeUInt16LE(24, 28);
  const half = (letter: 'A' | 'B' | 'C' | 'D') =>
    Array.from({ length: edge / 2 }, () => [...(QUADRANT_COLORS[letter] ?? [])].reverse()).flat();
  const rows = (row: readonly number[]) => Array.from({ length: edge / 2 }, () => row).flat();
  const pixels = [...rows([...half('C'), ...half('D')]), ...rows([...half('A'), ...half('B')])];
  return Buffer.concat([header, Buffer.from(pixels)]);
}
