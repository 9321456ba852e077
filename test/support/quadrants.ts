import { deflateSync } from 'node:zlib';
import sharp, { type Sharp } from 'sharp';
import { insertPngChunks, pngChunk } from '../hostile/files/png.ts';
import { picturePath } from './pictures.ts';

/** Colors by letter. */
export type Colors = Readonly<Record<string, readonly [red: number, green: number, blue: number]>>;

/** Colors of the quadrants by letter. Their values as Display P3 are in the gamut of sRGB. */
export const QUADRANT_COLORS: Readonly<Record<string, readonly [red: number, green: number, blue: number]>> =
  {
    A: [200, 80, 60],
    B: [70, 180, 90],
    C: [50, 70, 190],
    D: [240, 240, 240],
  };

/** Maximum difference of a color channel from its expected value. Lossy types change colors slightly. */
const TOLERANCE = 6;
const TRANSPARENT = '-';

/** Returns a picture of this size with the quadrants `AB/CD`. @param alpha opacity of D, from 0 to 255. */
export function quadrants(width: number, height: number, alpha = 255): Sharp {
  const pixels = Object.entries(QUADRANT_COLORS).flatMap(([name, color]) => [
    ...color,
    name === 'D' ? alpha : 255,
  ]);
  const picture = sharp(Uint8Array.from(pixels), { raw: { width: 2, height: 2, channels: 4 } }).resize(
    width,
    height,
    { fit: 'fill', kernel: 'nearest' },
  );
  return alpha === 255 ? picture.removeAlpha() : picture;
}

/** Returns a PNG of the quadrants `AB/CD`, whose numbers mean colors of Display P3. */
export async function p3Quadrants(width: number, height: number): Promise<Buffer> {
  const { icc } = await sharp(picturePath('display-p3.png')).metadata();
  // sharp would convert the numbers to a profile that it adds.
  const profile = Buffer.concat([Buffer.from('P3\0\0', 'latin1'), deflateSync(icc ?? '')]);
  return insertPngChunks(await quadrants(width, height).png().toBuffer(), pngChunk('iCCP', profile));
}

/** Returns the colors of the quadrants of a picture by the letters of `AB/CD`, after the conversion to sRGB by libvips. */
export async function srgbColorsOf(picture: Buffer): Promise<Colors> {
  const { data } = await sharp(picture)
    .resize(2, 2, { fit: 'fill', kernel: 'nearest' })
    .raw()
    .toBuffer({ resolveWithObject: true });
  const colorAt = (index: number) => [...data.subarray(index * 3, index * 3 + 3)] as [number, number, number];
  return { A: colorAt(0), B: colorAt(1), C: colorAt(2), D: colorAt(3) };
}

/**
 * Returns the letters of the colors in the centers of a picture's quadrants, such as `AB/CD`. A dash is transparent.
 * Any other color is returned as numbers.
 * @param colors expected colors by letter.
 */
export async function readQuadrants(picture: Buffer | Sharp, colors = QUADRANT_COLORS): Promise<string> {
  const image = Buffer.isBuffer(picture) ? sharp(picture) : picture;
  const { data, info } = await image.ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  const nameAt = (x: number, y: number) => {
    const at = 4 * (Math.floor(y * info.height) * info.width + Math.floor(x * info.width));
    const [red = 0, green = 0, blue = 0, alpha = 0] = data.subarray(at, at + 4);
    const found = Object.entries(colors).find(([, color]) =>
      [red, green, blue].every((value, channel) => Math.abs(value - (color[channel] ?? 0)) <= TOLERANCE),
    );
    return alpha === 0 ? TRANSPARENT : (found?.[0] ?? `(${red},${green},${blue})`);
  };
  return `${nameAt(0.25, 0.25)}${nameAt(0.75, 0.25)}/${nameAt(0.25, 0.75)}${nameAt(0.75, 0.75)}`;
}
