import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32, deflateRawSync, gzipSync } from 'node:zlib';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { upload } from '../support/graphql.ts';
import { pictureFile } from '../support/pictures.ts';
import { type Portrait, startPortrait } from '../support/portrait.ts';
import { watchMemory } from '../support/processes.ts';
import { box } from './files/avif.ts';
import { claimJpegSize } from './files/jpeg.ts';

const MIB = 1024 ** 2;
const MAX_SERVER_BYTES = 384 * MIB;

let portrait: Portrait;

beforeAll(async () => {
  portrait = await startPortrait();
});

afterAll(() => portrait[Symbol.asyncDispose]());

const text = (...lines: string[]) => Buffer.from(lines.join('\n'), 'latin1');
const flat = sharp({ create: { width: 64, height: 64, channels: 3, background: '#123456' } });

const SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64">';
const BILLION_LAUGHS = text(
  '<?xml version="1.0"?>',
  '<!DOCTYPE svg [',
  '<!ENTITY lol0 "lol">',
  ...Array.from({ length: 9 }, (_, i) => `<!ENTITY lol${i + 1} "${`&lol${i};`.repeat(10)}">`),
  ']>',
  `${SVG}<text>&lol9;</text></svg>`,
);

/** Files of unsupported types, whatever their names are. */
const UNSUPPORTED: Readonly<Record<string, Buffer>> = {
  'an SVG': text(`${SVG}<script>alert(1)</script></svg>`),
  'an SVG with a billion laughs attack': BILLION_LAUGHS,
  'an SVG that reads a file of the server': text(
    '<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
    `${SVG}<text>&x;</text><image href="/etc/passwd" width="64" height="64"/></svg>`,
  ),
  'an SVG after a byte order mark': text(`\xef\xbb\xbf${SVG}</svg>`),
  'an SVG in UTF-16': Buffer.from(`\ufeff${SVG}</svg>`, 'utf16le'),
  'a compressed SVG': gzipSync(`${SVG}</svg>`),
  'a web page': text('<!doctype html><script>alert(1)</script>'),
  'XML with a style sheet': text('<?xml version="1.0"?><?xml-stylesheet href="x.xsl"?><x/>'),
  JavaScript: text('alert(document.domain)'),
  PHP: text('<?php system($_GET[0]);'),
  'a shell script': text('#!/bin/sh', 'id'),
  'a PDF': text('%PDF-1.7', '1 0 obj', '<</Type/Catalog>>', 'endobj', '%%EOF'),
  PostScript: text('%!PS-Adobe-3.0 EPSF-3.0', '(%pipe%id) (r) file'),
  "ImageMagick's MVG": text(
    'push graphic-context',
    'viewbox 0 0 640 480',
    `fill 'url(https://example.com/x.jpg"|id; ")'`,
    'pop graphic-context',
  ),
  "ImageMagick's MSL": text(
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<image><read filename="/etc/passwd"/><write filename="x.php"/></image>',
  ),
  'a file reference of ImageMagick': text('label:@/etc/passwd'),
  "libvips' own format": Buffer.concat([Buffer.from('b6a6f208', 'hex'), Buffer.alloc(100)]),
  'a PPM': text('P6 64 64 255\n', '\0'.repeat(64 * 64 * 3)),
  'a PFM': text('PF', '64 64', '-1.0', '\0'.repeat(64)),
  'a TIFF': await flat.clone().tiff().toBuffer(),
  'a BigTIFF': await flat.clone().tiff({ bigtiff: true }).toBuffer(),
  'a BMP': Buffer.concat([
    text('BM'),
    Buffer.from('36300000000000003600000028000000', 'hex'),
    Buffer.alloc(99),
  ]),
  'an ICO': Buffer.concat([
    Buffer.from('000001000100404000000100200028400000160000', 'hex'),
    Buffer.alloc(99),
  ]),
  'a PSD': Buffer.concat([text('8BPS\0\x01'), Buffer.alloc(99)]),
  'a JPEG 2000': Buffer.concat([Buffer.from('0000000c6a5020200d0a870a', 'hex'), box('ftyp', text('jp2 '))]),
  'a JPEG XL': Buffer.from('ff0a7f01000000', 'hex'),
  'a JPEG XR': Buffer.concat([Buffer.from('4949bc0120000000', 'hex'), Buffer.alloc(99)]),
  'a FITS': text('SIMPLE  =                    T'.padEnd(80)),
  'an OpenEXR': Buffer.concat([Buffer.from('762f310102000000', 'hex'), Buffer.alloc(99)]),
  'a Radiance HDR': text('#?RADIANCE', 'FORMAT=32-bit_rle_rgbe', '', '-Y 64 +X 64'),
  'an MNG': Buffer.concat([Buffer.from('8a4d4e470d0a1a0a', 'hex'), Buffer.alloc(99)]),
  'a video': Buffer.concat([box('ftyp', text('isom\0\0\x02\0isomiso2mp41')), box('mdat', Buffer.alloc(99))]),
  'a WebM': Buffer.from('1a45dfa39f4286810142f7810142f2810442f381084282847765626d', 'hex'),
  'a ZIP': text(`PK\x03\x04\x14${'\0'.repeat(25)}`),
  'a Windows program': Buffer.concat([text('MZ'), Buffer.alloc(200)]),
  'an ELF': Buffer.concat([text('\x7fELF\x02\x01\x01'), Buffer.alloc(200)]),
  WebAssembly: Buffer.from('0061736d01000000', 'hex'),
  'one byte': Buffer.from([0xff]),
  'two bytes of a JPEG': Buffer.from('ffd8', 'hex'),
  'zeros up to the maximum file size': Buffer.alloc(5 * MIB),
  'the middle of a picture': Buffer.from(await (await pictureFile('photo.webp')).arrayBuffer()).subarray(
    5000,
  ),
  'a picture after a space': Buffer.concat([text(' '), await flat.clone().png().toBuffer()]),
};

/** Files that start like a picture but are not pictures. */
const UNREADABLE: Readonly<Record<string, Buffer>> = {
  'the first bytes of a JPEG': Buffer.from('ffd8ffe0', 'hex'),
  'the signature of a PNG with half a header': Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'),
  'the signature of a GIF': text('GIF89a'),
  'the signature of a WebP': text('RIFF\x04\0\0\0WEBPVP8 '),
  'the first box of an AVIF': box('ftyp', text('avif\0\0\0\0avifmif1')),
  'a JPEG without pixels': claimJpegSize(await flat.clone().jpeg().toBuffer(), 0, 0),
  'a JPEG that turns into zeros': Buffer.concat([
    (await flat.clone().jpeg().toBuffer()).subarray(0, 200),
    Buffer.alloc(100_000),
  ]),
};

const DISGUISES = [
  { name: 'me.png', type: 'image/png' },
  { name: 'me.jpg', type: 'image/jpeg' },
  { name: 'me', type: 'image/gif' },
] as const;

async function send(bytes: Uint8Array, name: string, type: string) {
  const { status, errors } = await upload(portrait, new File([new Uint8Array(bytes)], name, { type }));
  return { status, ...errors?.[0]?.extensions };
}

describe('Under the name of a picture', () => {
  it.for(Object.entries(UNSUPPORTED))('%s is rejected as an unsupported type', async ([, bytes]) => {
    for (const { name, type } of DISGUISES) {
      expect(await send(bytes, name, type)).toMatchObject({ status: 415, code: 'UNSUPPORTED_FILE_TYPE' });
    }
  });

  it.for(Object.entries(UNREADABLE))('%s is rejected as unreadable', async ([, bytes]) => {
    for (const { name, type } of DISGUISES) {
      expect(await send(bytes, name, type)).toMatchObject({ status: 422, code: 'UNREADABLE_IMAGE' });
    }
  });

  it('an empty file is rejected as missing', async () => {
    for (const { name, type } of DISGUISES) {
      expect(await send(Buffer.alloc(0), name, type)).toMatchObject({ status: 400, code: 'FILE_MISSING' });
    }
  });

  it.for(['heic', 'heix', 'hevc', 'mif1'])(
    'a HEIC of the brand %s is rejected with advice',
    async (brand) => {
      const heic = Buffer.concat([
        box('ftyp', text(`${brand}\0\0\0\0${brand}heic`)),
        box('meta', Buffer.alloc(99)),
      ]);
      const { errors } = await upload(portrait, new File([new Uint8Array(heic)], 'me.jpg'));
      expect(errors).toMatchObject([
        {
          message: expect.stringContaining('Export this one as JPEG'),
          extensions: { code: 'UNSUPPORTED_FILE_TYPE' },
        },
      ]);
    },
  );

  it.for(['image/svg+xml', 'text/html', 'application/pdf', 'nonsense', ''])(
    'a PNG with the declared type %j is accepted as a PNG',
    async (type) => {
      expect(await send(await flat.clone().png().toBuffer(), 'me.png', type)).toEqual({ status: 200 });
    },
  );
});

describe('A bomb of another type is rejected, and the server stays within its memory limit', () => {
  it.for<[what: string, bytes: Buffer]>([
    ['gzip', gzipSync(Buffer.alloc(64 * MIB))],
    ['an Office document', zipOf('[Content_Types].xml', Buffer.alloc(64 * MIB))],
    ['an OpenDocument', zipOf('mimetype', Buffer.alloc(64 * MIB))],
    [
      'an MP3 whose tag claims 256 MB',
      Buffer.concat([text('ID3\x04\0\0\x7f\x7f\x7f\x7f'), Buffer.alloc(5000)]),
    ],
  ])('%s', async ([, bytes]) => {
    const peaks = watchMemory(portrait.pid);
    await Promise.all(
      Array.from({ length: 20 }, async () => {
        expect(await send(bytes, 'me.png', 'image/png')).toMatchObject({ code: 'UNSUPPORTED_FILE_TYPE' });
      }),
    );
    expect((await peaks()).server).toBeLessThan(MAX_SERVER_BYTES);
  });
});

it('None of these files left an upload behind or caused an error in the log', async () => {
  expect(await portrait.uploads()).toEqual([]);
  expect(await readdir(join(portrait.folder, 'pictures/.staging'))).toEqual([]);
  expect(portrait.log()).not.toMatch(/"level":[56]0/);
});

/** Returns a ZIP with one file, without a central directory. */
function zipOf(name: string, content: Buffer): Buffer {
  const packed = deflateRawSync(content);
  const header = Buffer.alloc(30);
  header.write('PK\x03\x04\x14', 'latin1');
  header.writeUInt16LE(8, 8);
  header.writeUInt32LE(crc32(content), 14);
  header.writeUInt32LE(packed.length, 18);
  header.writeUInt32LE(content.length, 22);
  header.writeUInt16LE(name.length, 26);
  return Buffer.concat([header, Buffer.from(name), packed]);
}
