import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { sizesFor } from '../../src/imaging/renditions.ts';
import { picturePath } from '../../src/storage/storage.ts';

/** Response data of an accepted picture. */
export interface AcceptedPicture {
  readonly id: string;
  readonly width: number;
  readonly height: number;
}

/** A file that was rendered from a picture. */
export interface Rendition {
  /** File name, such as `64.webp`. */
  readonly name: string;
  readonly bytes: Buffer;
}

/** Reads all renditions of a picture that a server has published. */
export async function readRenditions(
  server: { folder: string },
  { id }: AcceptedPicture,
): Promise<Rendition[]> {
  const folder = join(server.folder, 'pictures', picturePath(id));
  const names = (await readdir(folder)).sort();
  return Promise.all(names.map(async (name) => ({ name, bytes: await readFile(join(folder, name)) })));
}

/** Parts that JPEG or WebP needs for pixels, and that can carry nothing else. */
const NEEDED_PARTS = {
  jpg: ['APP0 JFIF', 'DQT', 'SOF0', 'DHT', 'SOS', 'EOI'],
  webp: ['VP8X alpha', 'ALPH', 'VP8 '],
};

/** Lists renditions that are missing, damaged, of the wrong size, or that contain more than pixels. */
export async function faultsOf(
  renditions: readonly Rendition[],
  picture: AcceptedPicture,
): Promise<string[]> {
  const sizes = sizesFor(Math.min(picture.width, picture.height));
  const wanted = sizes.flatMap((size) => [`${size}.jpg`, `${size}.webp`]).sort();
  const names = renditions.map(({ name }) => name);
  const faults = names.join() === wanted.join() ? [] : [`${names} in place of ${wanted}`];
  const found = await Promise.all(renditions.map(faultsOfRendition));
  return [...faults, ...found.flat()];
}

async function faultsOfRendition({ name, bytes }: Rendition): Promise<string[]> {
  const [size, extension] = name.split('.') as [string, 'jpg' | 'webp'];
  const parts = extension === 'jpg' ? partsOfJpeg(bytes) : partsOfWebp(bytes);
  const faults = parts.filter((part) => !NEEDED_PARTS[extension].includes(part));
  try {
    const { info } = await sharp(bytes, { failOn: 'warning' }).raw().toBuffer({ resolveWithObject: true });
    if (info.width !== Number(size) || info.height !== Number(size)) {
      faults.push(`${info.width} x ${info.height}`);
    }
  } catch (error) {
    faults.push((error as Error).message);
  }
  return faults.map((fault) => `${name}: ${fault}`);
}

const JFIF = Buffer.from('ffe000104a46494600010100', 'hex');
const SCAN = 0xda;
const JPEG_PARTS: Readonly<Record<number, string>> = { 219: 'DQT', 192: 'SOF0', 196: 'DHT', [SCAN]: 'SOS' };

/** Returns the names of a JPEG's segments, whether it has an end, and whether bytes follow the end. */
function partsOfJpeg(jpeg: Buffer): string[] {
  const parts: string[] = [];
  let at = 2;
  while (at + 4 <= jpeg.length && jpeg[at] === 0xff && jpeg[at + 1] !== 0xd9) {
    const marker = jpeg[at + 1] ?? 0;
    const isJfif = jpeg.subarray(at, at + JFIF.length).equals(JFIF) && jpeg.readUInt16BE(at + 2) === 16;
    parts.push(isJfif ? 'APP0 JFIF' : (JPEG_PARTS[marker] ?? `marker ${marker.toString(16)}`));
    at += 2 + jpeg.readUInt16BE(at + 2);
    if (marker === SCAN) {
      at = endOfScan(jpeg, at);
    }
  }
  const end = jpeg.toString('hex', at, at + 2) === 'ffd9' ? 'EOI' : 'no end';
  return [...parts, end, ...(at + 2 < jpeg.length ? ['bytes after the end'] : [])];
}

/** Returns the offset of the next marker. A 0xff that is followed by a zero is not a marker. */
function endOfScan(jpeg: Buffer, from: number): number {
  let at = jpeg.indexOf(0xff, from);
  while (at !== -1 && jpeg[at + 1] === 0) {
    at = jpeg.indexOf(0xff, at + 2);
  }
  return at === -1 ? jpeg.length : at;
}

/** Returns the names of a WebP's chunks, and whether bytes follow them. */
function partsOfWebp(webp: Buffer): string[] {
  const parts: string[] = [];
  let at = 12;
  while (at + 8 <= webp.length) {
    const type = webp.toString('latin1', at, at + 4);
    parts.push(type === 'VP8X' && webp[at + 8] === 0x10 ? 'VP8X alpha' : type);
    const length = webp.readUInt32LE(at + 4);
    at += 8 + length + (length % 2);
  }
  const whole = at === webp.length && webp.readUInt32LE(4) === webp.length - 8;
  return whole ? parts : [...parts, 'bytes after the end'];
}
