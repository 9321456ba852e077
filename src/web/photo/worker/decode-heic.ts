import { isDisplayP3 } from '../heic-color.ts';
import { contextOf } from './context-of.ts';
import { loadLibheif } from './load-libheif.ts';

/** Decodes the upright primary picture of a HEIC with libheif. Rejects if the file is damaged. */
export async function decodeHeic(file: Blob): Promise<OffscreenCanvas> {
  const bytes = await file.arrayBuffer();
  const { HeifDecoder } = await loadLibheif();
  const pictures = new HeifDecoder().decode(bytes);
  const picture = pictures.find((candidate) => candidate.is_primary()) ?? pictures[0];
  if (picture === undefined) {
    throw new Error('The file contains no picture that libheif can decode.');
  }
  // libheif does not convert colors. The canvas does, from the color space of the pixels to its own, sRGB.
  const colorSpace = isDisplayP3(new DataView(bytes)) ? 'display-p3' : 'srgb';
  const target = new ImageData(picture.get_width(), picture.get_height(), { colorSpace });
  const pixels = await new Promise<ImageData | null>((resolve) => picture.display(target, resolve));
  if (pixels === null) {
    throw new Error('libheif cannot decode the picture.');
  }
  const canvas = new OffscreenCanvas(pixels.width, pixels.height);
  contextOf(canvas).putImageData(pixels, 0, 0);
  return canvas;
}
