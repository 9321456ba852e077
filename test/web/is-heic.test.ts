import { expect, it } from 'vitest';
import { HEADER_BYTES, isHeic } from '../../src/web/page/is-heic.ts';

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
  expect(isHeic(fileOf(brands))).toBe(true);
});

it.for([
  { brands: ['avif', 'mif1', 'miaf'] },
  { brands: ['avis', 'msf1', 'heic'] },
  { brands: ['mif1', 'avif'] },
  { brands: ['msf1', 'mif1'] },
  { brands: ['isom', 'mp42'] },
])('a file with the brands $brands is not HEIC', ({ brands }) => {
  expect(isHeic(fileOf(brands))).toBe(false);
});

it.for(['', 'heic', '\xff\xd8\xff\xe0\0\x10JFIF heic', '\0\0\0\x18ftyp'])(
  '%j is not the start of a HEIC file',
  (text) => {
    expect(isHeic(Uint8Array.from(Buffer.from(text, 'latin1')).buffer)).toBe(false);
  },
);
