import { expect, it } from 'vitest';
import { detectMediaType, HEADER_BYTES } from '../../src/web/photo/detect-media-type.ts';

/** Returns the start of a file with an `ftyp` box of these brands, followed by another box. */
function fileOf([major = '', ...compatible]: readonly string[]): ArrayBuffer {
  const box = `ftyp${major}\0\0\0\0${compatible.join('')}`;
  const bytes = `\0\0\0${String.fromCharCode(4 + box.length)}${box}\0\0\0\x30metaheicheicheic`;
  return Uint8Array.from(Buffer.from(bytes, 'latin1')).buffer.slice(0, HEADER_BYTES);
}

it.for([
  { brands: ['heic', 'mif1', 'heic'] },
  { brands: ['heix', 'mif1'] },
  { brands: ['mif1', 'mif1', 'miaf', 'heic'] },
  { brands: ['hevc', 'msf1'] },
  { brands: ['msf1', 'hevc'] },
])('a file with the brands $brands is HEIC', ({ brands }) => {
  expect(detectMediaType(fileOf(brands))).toBe('image/heic');
});

it.for([
  { brands: ['avif', 'mif1', 'miaf'] },
  { brands: ['avis', 'msf1', 'heic'] },
  { brands: ['mif1', 'avif'] },
  { brands: ['msf1', 'mif1'] },
  { brands: ['isom', 'mp42'] },
])('a file with the brands $brands is not HEIC', ({ brands }) => {
  expect(detectMediaType(fileOf(brands))).not.toBe('image/heic');
});

it.for([
  ['', undefined],
  ['heic', undefined],
  ['\0\0\0\x18ftyp', undefined],
  ['\xff\xd8\xff\xe0\0\x10JFIF heic', 'image/jpeg'],
  ['\x89PNG\r\n\x1a\n', 'image/png'],
  ['PNG\r\n\x1a\n', undefined],
  ['GIF87a', 'image/gif'],
  ['GIF89a', 'image/gif'],
  ['RIFF\x1a\n\0\0WEBPVP8 ', 'image/webp'],
  ['RIFF\x1a\n\0\0WAVEfmt ', undefined],
  ['BM\x46\0\0\0\0\0\0\0\x36', 'image/bmp'],
  ['II*\0\x08\0\0\0', 'image/tiff'],
  ['MM\0*\0\0\0\x08', 'image/tiff'],
  ['\xff\x0a', 'image/jxl'],
  ['\0\0\0\x0cJXL \r\n\x87\n', 'image/jxl'],
  ['<svg xmlns="http://www.w3.org/2000/svg">', undefined],
  ['%PDF-1.7', undefined],
] as const)('a file that starts with %j has the type %s', ([text, mediaType]) => {
  expect(detectMediaType(Uint8Array.from(Buffer.from(text, 'latin1')).buffer)).toBe(mediaType);
});
