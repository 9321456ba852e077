import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { upload } from '../support/graphql.ts';
import { picturePath } from '../support/pictures.ts';
import { type Portrait, startPortrait } from '../support/portrait.ts';
import { box } from './files/avif.ts';
import { gifComment, insertGifBlocks, makeGif } from './files/gif.ts';
import { insertSegments, JPEG_MARKERS, jpegSegment } from './files/jpeg.ts';
import {
  decode,
  type Encoding,
  JPEG_COEFFICIENTS,
  pixelsThatEncodeTo,
  pngOfPalette,
  pngOfText,
  pngThatDeflatesToPhp,
  WEBP_MASK,
  WEBP_TRANSPARENCY,
} from './files/pixel-payload.ts';
import { insertPngChunks, pngChunk } from './files/png.ts';
import { makeWebp, WEBP_FLAGS, webpCanvas, webpChunk, webpChunks } from './files/webp.ts';
import { faultsOf, readRenditions } from './renditions.ts';

const PHP = "<?php system($_GET['c']); ?>";
const SHORT_PHP = '<?=`$_GET[0]`?>';
const SCRIPT = '<script>alert(document.domain)</script>';
const HTML = `<html><body>${SCRIPT}</body></html>`;
const PDF = '%PDF-1.4\n1 0 obj<</Type/Catalog/OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj\n';
/** A ZIP. Like every ZIP, JAR, APK and DOCX, it starts with a local file header. */
const ZIP = `PK\x03\x04\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\x05\0\0\0\x05\0\0\0\x05\0\0\0a.php${PHP}PK\x05\x06${'\0'.repeat(18)}`;
/** Texts by which other programs would recognize a payload in a rendition, in lower case. */
const TAGS = ['<?php', '<?=', '<script', '%pdf', 'pk\x03\x04', 'alert(', '$_get'];

/** A photograph that is large enough for every size of rendition. */
const photograph = sharp(picturePath('orientation-1.jpg')).resize(640, 560);
const jpeg = await photograph.clone().jpeg().toBuffer();
const png = await photograph.clone().resize(520, 520).png({ palette: true }).toBuffer();
const webp = await photograph.clone().webp().toBuffer();
const gif = await photograph.clone().resize(520, 520).gif({ effort: 1 }).toBuffer();
const avif = await photograph.clone().avif({ effort: 0 }).toBuffer();

const latin1 = (text: string) => Buffer.from(text, 'latin1');
const append = (picture: Buffer, text: string) => Buffer.concat([picture, latin1(text)]);
/** Deflates a text without compression, so that the text is readable in the file. */
const stored = (text: string) => deflateSync(latin1(text), { level: 0 });
const icc = (text: string) => latin1(`ICC_PROFILE\0\x01\x01${text}`);
const xmp = (text: string) => `<x:xmpmeta xmlns:x="adobe:ns:meta/">${text}</x:xmpmeta>`;

let portrait: Portrait;

beforeAll(async () => {
  portrait = await startPortrait();
});

afterAll(async () => {
  await portrait[Symbol.asyncDispose]();
});

describe('A picture with a payload is accepted, and no rendition contains the payload', () => {
  it.for<[what: string, payload: string, make: () => Buffer | Promise<Buffer>]>([
    // JPEG
    ['a JPEG with an appended ZIP', 'PK\x03\x04', () => append(jpeg, ZIP)],
    ['a JPEG with appended PHP', PHP, () => append(jpeg, PHP)],
    ['a JPEG with PHP in a comment', PHP, () => insertSegments(jpeg, jpegSegment(JPEG_MARKERS.comment, PHP))],
    [
      'a JPEG that is a PHP archive',
      PHP,
      () => insertSegments(jpeg, jpegSegment(JPEG_MARKERS.comment, `${PHP}__HALT_COMPILER(); ?>\r\n`)),
    ],
    [
      'a JPEG with PHP in EXIF',
      PHP,
      () =>
        sharp(jpeg)
          .withExif({ IFD0: { ImageDescription: PHP, Copyright: PHP } })
          .toBuffer(),
    ],
    ['a JPEG with HTML in XMP', SCRIPT, () => sharp(jpeg).withXmp(xmp(HTML)).toBuffer()],
    [
      'a JPEG with HTML in a profile',
      SCRIPT,
      () => insertSegments(jpeg, jpegSegment(JPEG_MARKERS.app2, icc(HTML))),
    ],
    ['a JPEG that is a PDF', PDF, () => insertSegments(jpeg, jpegSegment(JPEG_MARKERS.comment, `\n${PDF}`))],
    [
      'a JPEG that is a web page',
      SCRIPT,
      () => append(insertSegments(jpeg, jpegSegment(JPEG_MARKERS.comment, `${HTML}<!--`)), '-->'),
    ],
    [
      'a JPEG that is JavaScript',
      'alert(',
      // As JavaScript, the first bytes are an identifier, and the length of the next segment opens a comment.
      () => insertSegments(jpeg, jpegSegment(0xe0, '*/=alert(1);/*'.padStart(0x2f2a - 2, '\0'))),
    ],
    // PNG
    ...['tEXt', 'ruBy', 'eXIf'].map((type): [string, string, () => Buffer] => [
      `a PNG with PHP in ${type}`,
      PHP,
      () => insertPngChunks(png, pngChunk(type, latin1(`Comment\0${PHP}`))),
    ]),
    [
      'a PNG with PHP in zTXt',
      PHP,
      () => insertPngChunks(png, pngChunk('zTXt', Buffer.concat([latin1('Comment\0\0'), stored(PHP)]))),
    ],
    [
      'a PNG with HTML in iTXt',
      SCRIPT,
      () => insertPngChunks(png, pngChunk('iTXt', latin1(`XML:com.adobe.xmp\0\0\0\0\0${xmp(HTML)}`))),
    ],
    [
      'a PNG with HTML in a profile',
      SCRIPT,
      () =>
        insertPngChunks(
          Buffer.from(png),
          pngChunk('iCCP', Buffer.concat([latin1('p3\0\0'), stored(HTML.padEnd(200))])),
        ),
    ],
    ['a PNG with an appended ZIP', 'PK\x03\x04', () => append(png, ZIP)],
    ['a PNG whose pixels are PHP', PHP, () => pngOfText(`${PHP} ${SHORT_PHP} `, 520)],
    ['a PNG whose palette is PHP', PHP, () => pngOfPalette(PHP, 520)],
    ['a PNG whose compressed pixels are PHP', '<?=$_GET[0]($_POST[1]);?>', pngThatDeflatesToPhp],
    // WebP
    [
      'a WebP with PHP in EXIF',
      PHP,
      () =>
        sharp(webp)
          .withExif({ IFD0: { ImageDescription: PHP } })
          .toBuffer(),
    ],
    ['a WebP with HTML in XMP', SCRIPT, () => sharp(webp).withXmp(xmp(HTML)).toBuffer()],
    [
      'a WebP with HTML in a profile',
      SCRIPT,
      () => makeWebp(webpCanvas(640, 560, WEBP_FLAGS.icc), webpChunk('ICCP', HTML), webpChunks(webp)),
    ],
    [
      'a WebP with PHP in an unknown chunk',
      PHP,
      () => makeWebp(webpCanvas(640, 560), webpChunk('EVIL', PHP), webpChunks(webp)),
    ],
    ['a WebP with an appended ZIP', 'PK\x03\x04', () => append(webp, ZIP)],
    // GIF
    ['a GIF with PHP in a comment', PHP, () => insertGifBlocks(gif, gifComment(PHP))],
    ['a GIF with an appended ZIP', 'PK\x03\x04', () => append(gif, ZIP)],
    ['a GIF that is JavaScript', 'GIF89a/*', () => javaScriptGif()],
    [
      'a GIF whose palette is PHP',
      PHP,
      () =>
        makeGif({
          width: 520,
          height: 520,
          palette: latin1(PHP.padEnd(3 * 256)),
          blocks: [gif.subarray(13 + 3 * 2 ** (((gif[10] ?? 0) & 7) + 1), -1)],
        }),
    ],
    // AVIF
    [
      'an AVIF with PHP in EXIF',
      PHP,
      () =>
        sharp(avif)
          .withExif({ IFD0: { ImageDescription: PHP } })
          .avif({ effort: 0 })
          .toBuffer(),
    ],
    ['an AVIF with HTML in XMP', SCRIPT, () => sharp(avif).withXmp(xmp(HTML)).avif({ effort: 0 }).toBuffer()],
    ['an AVIF with PHP in a free box', PHP, () => Buffer.concat([avif, box('free', latin1(PHP))])],
    ['an AVIF with an appended ZIP', 'PK\x03\x04', () => append(avif, ZIP)],
  ])('%s', async ([, payload, make]) => {
    const bytes = await make();
    // Without the payload in the file, the test would prove nothing.
    expect(bytes.includes(payload, 0, 'latin1')).toBe(true);
    await expectCleanRenditions(bytes);
  });

  it.for(
    ['<?php', '<?=', '<ScRipT', '%PDF', 'PK\x03\x04'].flatMap((tag): [string, string, Encoding][] => [
      ['coefficients of a JPEG', tag, JPEG_COEFFICIENTS],
      ['transparency of a WebP', tag, WEBP_TRANSPARENCY],
    ]),
  )('a PNG with pixels chosen so that the %s would contain %j', async ([, tag, encoding]) => {
    const bytes = await pixelsThatEncodeTo(tag, 64, encoding);
    const pixels = await decode(bytes, encoding);
    expect((await encoding.encode(pixels, 64)).includes(tag, 0, 'latin1')).toBe(true);
    await expectCleanRenditions(bytes);
  });
});

it('A PNG with pixels chosen so that the WebP contains a payload at every quality is rejected', async () => {
  const { errors } = await send(await pixelsThatEncodeTo('<?php', 64, WEBP_MASK));
  expect(errors?.[0]?.extensions.code).toBe('UNREADABLE_IMAGE');
});

describe('A file that only pretends to be a picture is rejected', () => {
  it.for<[what: string, bytes: Buffer, code: string]>([
    ['a PDF with a JPEG in it', Buffer.concat([latin1(PDF), jpeg]), 'UNSUPPORTED_FILE_TYPE'],
    ['a ZIP with a JPEG in it', Buffer.concat([latin1(ZIP), jpeg]), 'UNSUPPORTED_FILE_TYPE'],
    ['a web page with a JPEG in it', Buffer.concat([latin1(HTML), jpeg]), 'UNSUPPORTED_FILE_TYPE'],
    ['PHP with a JPEG in it', Buffer.concat([latin1(PHP), jpeg]), 'UNSUPPORTED_FILE_TYPE'],
    ['a script that begins like a GIF', latin1(`GIF89a=1;${SCRIPT}`), 'UNREADABLE_IMAGE'],
    ['PHP that begins like a JPEG', latin1(`\xff\xd8\xff\xe0${PHP}`), 'UNREADABLE_IMAGE'],
    ['PHP that begins like a PNG', Buffer.concat([png.subarray(0, 33), latin1(PHP)]), 'UNREADABLE_IMAGE'],
    ['HTML that begins like a WebP', latin1(`RIFF\xff\0\0\0WEBPVP8 ${HTML}`), 'UNREADABLE_IMAGE'],
    [
      'HTML that begins like an AVIF',
      Buffer.concat([box('ftyp', latin1('avif\0\0\0\0mif1')), latin1(HTML)]),
      'UNREADABLE_IMAGE',
    ],
  ])('%s', async ([, bytes, code]) => {
    const published = await portrait.pictures();
    const { data, errors } = await send(bytes);
    expect([data, errors?.[0]?.extensions.code]).toEqual([null, code]);
    // The server may still be removing pictures that the trash has no room for.
    expect(published).toEqual(expect.arrayContaining(await portrait.pictures()));
  });
});

it('None of these files left an upload or an incomplete picture behind', async () => {
  expect(await portrait.uploads()).toEqual([]);
  expect(await readdir(join(portrait.folder, 'pictures/.staging'))).toEqual([]);
});

function send(bytes: Uint8Array) {
  return upload(portrait, new File([new Uint8Array(bytes)], 'me'));
}

async function expectCleanRenditions(bytes: Buffer): Promise<void> {
  const { data, errors } = await send(bytes);
  expect(errors).toBeUndefined();
  const picture = data?.uploadProfilePicture.profilePicture;
  if (picture == null) {
    throw new Error('There is no picture.');
  }
  const renditions = await readRenditions(portrait, picture);
  expect(await faultsOf(renditions, picture)).toEqual([]);
  for (const rendition of renditions) {
    const text = rendition.bytes.toString('latin1').toLowerCase();
    expect(
      TAGS.filter((tag) => text.includes(tag)),
      rendition.name,
    ).toEqual([]);
  }
}

/** Returns a GIF whose width opens a JavaScript comment, which ends inside of a GIF comment. */
function javaScriptGif(): Buffer {
  const comment = gifComment(`*/=1;alert(1);${SCRIPT}/*`);
  const script = Buffer.concat([insertGifBlocks(gif, comment), latin1('*/')]);
  script.writeUInt16LE(0x2a2f, 6);
  return script;
}
