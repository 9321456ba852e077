import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PhotoEdit } from '../../src/web/photo/edit.ts';
import type { Output } from '../../src/web/photo/job.ts';
import { launchBrowser } from '../support/browser.ts';
import { builtFile } from '../support/built-file.ts';
import { openPage } from '../support/page.ts';
import { type Portrait, startPortrait } from '../support/portrait.ts';
import {
  p3Quadrants,
  QUADRANT_COLORS,
  quadrants,
  readQuadrants,
  srgbColorsOf,
} from '../support/quadrants.ts';

const OUTPUT: Output = {
  maxEdge: 2048,
  minEdge: 1,
  maxPixels: 2048 * 2048,
  maxBytes: 1_000_000,
  opaqueTypes: ['image/jpeg'],
  transparentTypes: ['image/webp'],
  quality: 0.92,
};

interface Rendered {
  readonly type: string;
  readonly size: readonly [width: number | undefined, height: number | undefined];
  readonly picture: Buffer;
}

let server: Portrait;
let browser: Browser;

beforeAll(async () => {
  [server, browser] = await Promise.all([startPortrait(), launchBrowser()]);
});
afterAll(async () => {
  await browser.close();
  await server[Symbol.asyncDispose]();
});

/** Runs a job in the worker that the page would start for it. */
async function render(
  page: Page,
  file: Buffer,
  { edit = {}, output = {} }: { edit?: PhotoEdit; output?: Partial<Output> } = {},
): Promise<Rendered> {
  const job = { decoder: 'browser', edit, output: { ...OUTPUT, ...output } };
  const { type, base64 } = await page.evaluate<{ type: string; base64: string }>(`(async () => {
    const bytes = Uint8Array.from(atob('${file.toString('base64')}'), (letter) => letter.charCodeAt(0));
    const worker = new Worker('${builtFile('photo-worker.js')}');
    const result = await new Promise((resolve) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.postMessage({ ...${JSON.stringify(job)}, file: new Blob([bytes]) });
    });
    worker.terminate();
    const reader = new FileReader();
    await new Promise((resolve) => {
      reader.onload = resolve;
      reader.readAsDataURL(result.blob);
    });
    return { type: result.blob.type, base64: reader.result.split(',')[1] };
  })()`);
  const picture = Buffer.from(base64, 'base64');
  const { width, height } = await sharp(picture).metadata();
  return { type, size: [width, height], picture };
}

describe('A photo in the worker', () => {
  it('is turned, then mirrored, then cropped', async () => {
    const page = await openPage(browser, server.url);
    const png = await quadrants(160, 96).png().toBuffer();
    const background = `rgb(${QUADRANT_COLORS['A']})`;
    for (const [edit, size, expected] of [
      [{}, [160, 96], 'AB/CD'],
      [{ quarterTurns: 1 }, [96, 160], 'CA/DB'],
      [{ quarterTurns: 2 }, [160, 96], 'DC/BA'],
      [{ quarterTurns: -1 }, [96, 160], 'BD/AC'],
      [{ quarterTurns: 7 }, [96, 160], 'BD/AC'],
      [{ mirrored: true }, [160, 96], 'BA/DC'],
      [{ quarterTurns: 1, mirrored: true }, [96, 160], 'AC/BD'],
      [{ crop: { x: 0.5, y: 0, width: 0.5, height: 1 } }, [80, 96], 'BB/DD'],
      [{ quarterTurns: 1, crop: { x: 0, y: 0, width: 1, height: 0.5 } }, [96, 80], 'CA/CA'],
      [{ mirrored: true, crop: { x: 0, y: 0.5, width: 0.5, height: 0.5 } }, [80, 48], 'DD/DD'],
      [{ crop: { x: -0.75, y: 0, width: 1.5, height: 1 } }, [240, 96], '-A/-C'],
      [{ crop: { x: -0.75, y: 0, width: 1.5, height: 1 }, background }, [240, 96], 'AA/AC'],
    ] as const) {
      const rendered = await render(page, png, { edit });
      const actual = [rendered.size, await readQuadrants(rendered.picture)];
      expect(actual, JSON.stringify(edit)).toEqual([size, expected]);
    }
  });

  it('is upright, has the colors of sRGB and contains no metadata', async () => {
    const page = await openPage(browser, server.url);
    const turned = quadrants(160, 96)
      .withExif({ IFD3: { GPSLatitudeRef: 'N' } })
      .withMetadata({ orientation: 6 });
    const p3 = await p3Quadrants(160, 96);
    for (const [what, file, size, colors] of [
      ['JPEG', await turned.clone().jpeg().toBuffer(), [96, 160], undefined],
      ['WebP', await turned.clone().webp().toBuffer(), [96, 160], undefined],
      ['PNG in Display P3', p3, [160, 96], await srgbColorsOf(p3)],
    ] as const) {
      const { picture, size: actual } = await render(page, file);
      const upright = what === 'PNG in Display P3' ? 'AB/CD' : 'CA/DB';
      expect([actual, await readQuadrants(picture, colors)], what).toEqual([size, upright]);
      const { exif, xmp } = await sharp(picture).metadata();
      expect([exif, xmp], what).toEqual([undefined, undefined]);
    }
  });

  it('stays transparent, or gets a white background if no accepted type is transparent', async () => {
    const page = await openPage(browser, server.url);
    const png = await quadrants(160, 96, 0).png().toBuffer();
    const kept = await render(page, png);
    expect([kept.type, await readQuadrants(kept.picture)]).toEqual(['image/webp', 'AB/C-']);
    const filled = await render(page, png, { output: { transparentTypes: [] } });
    const white = { ...QUADRANT_COLORS, W: [255, 255, 255] as const };
    expect([filled.type, await readQuadrants(filled.picture, white)]).toEqual(['image/jpeg', 'AB/CW']);
    const opaque = await render(page, await quadrants(160, 96).png().toBuffer());
    expect(opaque.type).toBe('image/jpeg');
  });

  it('is reduced to the limits on edges, pixels and bytes, and never enlarged', async () => {
    const page = await openPage(browser, server.url);
    const noise = await sharp({
      create: {
        width: 400,
        height: 200,
        channels: 3,
        background: 'gray',
        noise: { type: 'gaussian', mean: 128, sigma: 60 },
      },
    })
      .png()
      .toBuffer();
    for (const [output, size] of [
      [{}, [400, 200]],
      [{ maxEdge: 100 }, [100, 50]],
      [{ maxEdge: 100, minEdge: 80 }, [160, 80]],
      [{ maxPixels: 20_000 }, [200, 100]],
    ] as const) {
      expect((await render(page, noise, { output })).size, JSON.stringify(output)).toEqual(size);
    }
    const { picture, size } = await render(page, noise, { output: { maxBytes: 20_000 } });
    expect(picture.length).toBeLessThanOrEqual(20_000);
    expect(picture.length).toBeGreaterThan(10_000);
    expect(size[0]).toBe((size[1] ?? 0) * 2);
  });
});
