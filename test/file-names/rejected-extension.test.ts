import { expect, test } from 'vitest';
import { rejectedExtension } from '../../src/file-names/rejected-extension.ts';
import { REJECTED_EXTENSIONS } from '../../src/file-names/rejected-extensions.ts';
import { ALL_TYPES } from '../../src/imaging/accepted-types.ts';

const extensionOf = (name: string) => rejectedExtension(name, REJECTED_EXTENSIONS);

test.for([
  ...[
    '',
    'me',
    '...',
    'me.',
    'me.jpg',
    'me.JPG',
    'me.jpg. ',
    ' me.jpg ',
    "'me.jpg'",
    'me.tar.png',
    '\u65e5\u672c\u8a9e.png',
  ],
  ...[
    'jane.doe',
    'Dr.Who',
    'v1.2',
    'IMG.20240504',
    'Screenshot 2026-05-01 at 18.23.11',
    'me.jpg.1',
    'me (1).jpg',
  ],
  ...[
    'photo.jpg?width=200',
    'photo.jpg?v=1.2',
    'me.jpg#t',
    'photo.jpg:large',
    'me.jpg~',
    'me.jpg_large',
    'me.jpg-large',
  ],
  ...['me.jpg!d', 'me.png::$DATA', 'image.undefined', 'blob.bin', 'upload.tmp', `me.${'x'.repeat(300)}`],
  ...['John Smith Jr. photo', 'Dr. Js', 'me.exe (1)', 'Next.js\u52c9\u5f37\u4f1a', 'me.ex\u00e9'],
  ...['me.exe.jpg', 'a.exe%00.jpg', 'a.exe\0.jpg', 'dir.d/me', 'dir.d\\me', 'dir.exe/me.png', 'dir.exe/me'],
  ...['.htaccess', 'dir/.htaccess', '.exe'],
])('the name %j does not cause a rejection', (name) => {
  expect(extensionOf(name)).toBeUndefined();
});

test.for([
  ...[
    'me.jpg\u200e',
    'me.jpg\u200b',
    'me.jpg\ufeff',
    'me.jpg\ufe0f',
    'me.jpg\u00a0',
    'me.jpg\u2800',
    'me.jpg\u{e0020}',
  ],
  ...['\u202eme.jpg', 'me\u00ad.jp\u2060g', 'me\u202eexe.jpg'],
])('invisible characters do not turn the name %j into one that causes a rejection', (name) => {
  expect(extensionOf(name)).toBeUndefined();
});

interface Rejected {
  readonly name: string;
  readonly extension: string;
}

test.for<Rejected>([
  { name: 'a.exe', extension: 'exe' },
  { name: 'a.EXE', extension: 'exe' },
  { name: 'me.jpg.exe', extension: 'exe' },
  { name: '.jpg.exe', extension: 'exe' },
  { name: 'me..exe', extension: 'exe' },
  { name: 'me.jpg...html', extension: 'html' },
  { name: 'me.png/a.exe', extension: 'exe' },
  { name: 'me.png\\a.exe', extension: 'exe' },
  { name: 'x.svg', extension: 'svg' },
  { name: 'x.svgz', extension: 'svgz' },
  { name: 'x.php5', extension: 'php5' },
  { name: 'x.phtml', extension: 'phtml' },
  { name: 'x.pdf', extension: 'pdf' },
  { name: 'x.mov', extension: 'mov' },
  { name: 'notes.txt', extension: 'txt' },
  { name: 'me.tar.gz', extension: 'gz' },
  { name: 'photo.7z', extension: '7z' },
])('the name $name is rejected because of its extension .$extension', ({ name, extension }) => {
  expect(extensionOf(name)).toBe(extension);
});

test.for<Rejected & { what: string }>([
  { what: 'dots and blanks at the end', name: 'a.exe .. .', extension: 'exe' },
  { what: 'separators at the end', name: 'a.exe/\\ /', extension: 'exe' },
  { what: 'line breaks', name: 'me.\u2028exe\r\n', extension: 'exe' },
  { what: 'a NUL before the last dot', name: 'me.png\0.php', extension: 'php' },
  { what: 'a NUL at the end', name: 'me.php\0', extension: 'php' },
  { what: 'an encoded NUL', name: 'me.png%00.php', extension: 'php' },
  { what: 'a semicolon', name: 'me.png;.php', extension: 'php' },
  { what: 'an NTFS stream', name: 'a.exe::$DATA', extension: 'exe' },
  { what: 'a query', name: 'a.exe?x=1', extension: 'exe' },
  { what: 'a fragment', name: 'a.exe#x', extension: 'exe' },
  { what: 'the mark of a backup', name: 'a.exe~', extension: 'exe' },
  { what: 'quotes', name: `"a.'exe'"`, extension: 'exe' },
  { what: 'a left-to-right mark', name: 'a.exe\u200e', extension: 'exe' },
  { what: 'a zero-width space', name: 'a.e\u200bx\u200be', extension: 'exe' },
  { what: 'a variation selector', name: 'a.exe\ufe0f', extension: 'exe' },
  { what: 'a byte order mark', name: '\ufeffa.exe\ufeff', extension: 'exe' },
  { what: 'a right-to-left override', name: 'photo\u202egpj.exe', extension: 'exe' },
  { what: 'a no-break space', name: 'a.exe\u00a0', extension: 'exe' },
  { what: 'an ideographic space', name: 'a.exe\u3000', extension: 'exe' },
  { what: 'full-width characters', name: 'a\uff0e\uff45\uff58\uff45', extension: 'exe' },
  { what: 'a one-dot leader', name: 'a\u2024exe', extension: 'exe' },
  { what: 'a long s', name: 'a.j\u017f', extension: 'js' },
])('$what do not hide the extension of $name', ({ name, extension }) => {
  expect(extensionOf(name)).toBe(extension);
});

test('every extension of the list causes a rejection, in upper case too', () => {
  for (const extension of REJECTED_EXTENSIONS) {
    expect(extensionOf(`me.${extension}`)).toBe(extension);
    expect(extensionOf(`me.${extension.toUpperCase()}`)).toBe(extension);
  }
  expect(new Set(REJECTED_EXTENSIONS).size).toBe(REJECTED_EXTENSIONS.length);
});

/** Extensions of raster pictures that cameras, phones and programs write. */
const RASTER = [
  ...[
    'jpg',
    'jpeg',
    'jpe',
    'jfif',
    'pjpeg',
    'pjp',
    'jif',
    'jfi',
    'mpo',
    'jps',
    'jp2',
    'j2k',
    'jpx',
    'jxl',
    'jxr',
    'jng',
  ],
  ...[
    'png',
    'apng',
    'mng',
    'gif',
    'webp',
    'avif',
    'avifs',
    'heic',
    'heics',
    'heif',
    'heifs',
    'hif',
    'bmp',
    'dib',
    'ico',
  ],
  ...[
    'cur',
    'tif',
    'tiff',
    'tga',
    'psd',
    'psb',
    'xcf',
    'qoi',
    'exr',
    'hdr',
    'pbm',
    'pgm',
    'ppm',
    'pnm',
    'pcx',
    'dds',
  ],
  ...[
    'dng',
    'arw',
    'cr2',
    'cr3',
    'crw',
    'nef',
    'nrw',
    'orf',
    'raf',
    'raw',
    'rw2',
    'pef',
    'srw',
    'insp',
    'livp',
  ],
  ...ALL_TYPES.flatMap(({ extensions }) => extensions),
];

test('no extension of a raster picture causes a rejection', () => {
  expect(RASTER.filter((extension) => extensionOf(`me.${extension}`) !== undefined)).toEqual([]);
});
