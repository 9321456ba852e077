import { isDisplayP3 } from '../heic-color.ts';
import { contextOf } from './context-of.ts';
import { loadLibheif } from './load-libheif.ts';
import { convertP3ToSrgb } from './p3-to-srgb.ts';

/**
 * Decodes the upright primary picture of a HEIC with libheif. Rejects if the file is damaged.
 * @param folder URL of the folder with libheif's files.
 */
export async function decodeHeic(file: Blob, folder: string): Promise<OffscreenCanvas> {
  const bytes = await file.arrayBuffer();
  const { HeifDecoder } = await loadLibheif(folder);
  const pictures = new HeifDecoder().decode(bytes);
  const picture = pictures.find((candidate) => candidate.is_primary()) ?? pictures[0];
  if (picture === undefined) {
    throw new Error('The file contains no picture that libheif can decode.');
  }
  const [width, height] = [picture.get_width(), picture.get_height()];
  const pixels = { data: new Uint8ClampedArray(width * height * 4), width, height };
  if ((await new Promise((resolve) => picture.display(pixels, resolve))) === null) {
    throw new Error('libheif cannot decode the picture.');
  }
  // libheif does not convert colors.
  if (isDisplayP3(new DataView(bytes))) {
    convertP3ToSrgb(pixels.data);
  }
  const canvas = new OffscreenCanvas(width, height);
  contextOf(canvas).putImageData(new ImageData(pixels.data, width, height), 0, 0);
  return canvas;
}
