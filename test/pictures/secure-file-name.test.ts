import { expect, test } from 'vitest';
import { secureFileName } from '../../src/pictures/secure-file-name.ts';
import { randomFrom } from '../support/random-from.ts';

const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

interface Name {
  readonly name: string;
  readonly becomes: string;
}

test.for<Name>([
  { name: 'My cool movie.mov', becomes: 'My_cool_movie.mov' },
  { name: '../../../etc/passwd', becomes: 'etc_passwd' },
  { name: 'i contain cool \u00fcml\u00e4uts.txt', becomes: 'i_contain_cool_umlauts.txt' },
  { name: '__filename__', becomes: 'filename' },
  { name: 'foo$&^*)bar', becomes: 'foobar' },
])("$name becomes $becomes, as in Werkzeug's documentation and tests", ({ name, becomes }) => {
  expect(secureFileName(name, 'png')).toBe(becomes);
});

test.for<Name>([
  { name: 'C:\\Users\\x\\me.png', becomes: 'C_Users_x_me.png' },
  { name: '..\\..\\windows\\win.ini', becomes: 'windows_win.ini' },
  { name: 'a/../..\\b.png', becomes: 'a_.._.._b.png' },
  { name: '/etc/passwd', becomes: 'etc_passwd' },
  { name: 'me.png/', becomes: 'me.png' },
])('no path separator of $name remains', ({ name, becomes }) => {
  expect(secureFileName(name, 'png')).toBe(becomes);
});

test.for<Name>([
  { name: 'CON.png', becomes: '_CON.png' },
  { name: 'COM\u00b9.png', becomes: '_COM1.png' },
  { name: 'lpt\u2079', becomes: '_lpt9' },
  { name: '\uff23\uff2f\uff2e.png', becomes: '_CON.png' },
  { name: 'nul.tar.png', becomes: '_nul.tar.png' },
  { name: 'aux', becomes: '_aux' },
  { name: 'PRN.', becomes: '_PRN' },
  { name: 'com0.jpg', becomes: '_com0.jpg' },
  { name: '..\\aux.png', becomes: '_aux.png' },
  { name: '_con.png', becomes: '_con.png' },
])('$name no longer names a Windows device', ({ name, becomes }) => {
  expect(secureFileName(name, 'png')).toBe(becomes);
});

test.for<Name>([
  { name: 'console.png', becomes: 'console.png' },
  { name: 'com10.png', becomes: 'com10.png' },
  { name: 'nullable', becomes: 'nullable' },
  { name: 'my.aux', becomes: 'my.aux' },
])('$name only resembles a device name, and does not change', ({ name, becomes }) => {
  expect(secureFileName(name, 'png')).toBe(becomes);
});

test.for<Name>([
  { name: '-rf.png', becomes: 'rf.png' },
  { name: '--help', becomes: 'help' },
  { name: '.-me.png', becomes: 'me.png' },
  { name: 'a.jpg.', becomes: 'a.jpg' },
  { name: 'a.jpg. . ', becomes: 'a.jpg' },
])('$name loses the dashes and dots at both ends', ({ name, becomes }) => {
  expect(secureFileName(name, 'png')).toBe(becomes);
});

test.for<Name & { what: string }>([
  { what: 'a right-to-left override', name: 'photo\u202egpj.exe', becomes: 'photogpj.exe' },
  { what: 'a NUL', name: 'me.png\0.exe', becomes: 'me.png.exe' },
  { what: 'an escape sequence', name: '\u001b[31mme.png', becomes: '31mme.png' },
  { what: 'a line break', name: 'me\r\nSet-Cookie: a.png', becomes: 'me_Set-Cookie_a.png' },
  { what: 'a zero-width space', name: 'me\u200b.png', becomes: 'me.png' },
  { what: 'an NTFS stream', name: 'file.png::$DATA', becomes: 'file.pngDATA' },
  { what: 'markup', name: '<img src=x onerror="a()">.png', becomes: 'img_srcx_onerrora.png' },
  { what: 'a lone surrogate', name: 'me\ud83d.png', becomes: 'me.png' },
  { what: 'a ligature', name: '\ufb01le.png', becomes: 'file.png' },
])('$what is not kept', ({ name, becomes }) => {
  expect(secureFileName(name, 'png')).toBe(becomes);
});

test.for([
  '',
  '   ',
  '.',
  '...',
  '/',
  '..\\',
  '\0',
  '.png',
  '..png',
  '.htaccess',
  '..profile',
  '$.png',
  '\u65e5\u672c\u8a9e',
  '\u65e5\u672c\u8a9e.png',
  '\u65e5\u672c\u8a9e/\u5199\u771f.png',
  '\u{1f600}.jpeg',
])('a name is replaced by a default if nothing or only an extension remains: %j', (name) => {
  expect(secureFileName(name, 'webp')).toBe('picture.webp');
});

test.for<Name & { what: string }>([
  { what: '300 letters', name: 'x'.repeat(300), becomes: 'x'.repeat(100) },
  {
    what: '300 letters with an extension',
    name: `${'x'.repeat(300)}.jpeg`,
    becomes: `${'x'.repeat(95)}.jpeg`,
  },
  { what: '300 letters of three bytes each', name: '\u65e5'.repeat(300), becomes: 'picture.png' },
  { what: 'a long extension', name: `me.${'x'.repeat(300)}`, becomes: `me.${'x'.repeat(97)}` },
  { what: 'exactly 100 letters', name: `${'x'.repeat(96)}.png`, becomes: `${'x'.repeat(96)}.png` },
  { what: 'a long device name', name: `aux.${'x'.repeat(97)}`, becomes: `_aux.${'x'.repeat(95)}` },
  {
    what: 'a dot at the cut',
    name: `${'x'.repeat(99)}.${'y'.repeat(20)}`,
    becomes: 'x'.repeat(99),
  },
])('$what: the clean name has at most 100 bytes, and keeps a short extension', ({ name, becomes }) => {
  expect(secureFileName(name, 'png')).toBe(becomes);
});

// Pieces that the rules apply to. Random names join them in any order.
const PIECES = [
  ...['a', 'Z', '0', '$', ':', '.', '..', '-', '_', ' ', '\n', '/', '\\', '\0', '.png', '.jpeg'],
  ...[
    'con',
    'AUX',
    'nul',
    'com1',
    'lpt',
    '\u00b9',
    '\u00fc',
    'e\u0301',
    '\u65e5',
    '\u202e',
    '\u{1f600}',
    '\ud800',
  ],
  ...['x'.repeat(24), 'y'.repeat(49)],
];
const SEEDS = 200;
const NAMES_PER_SEED = 100;

interface Property {
  readonly property: string;
  readonly holds: (clean: string) => boolean;
}

test.for<Property>([
  {
    property: 'contains only letters, digits, _, . and -',
    holds: (clean) => /^[A-Za-z0-9_.-]+$/.test(clean),
  },
  { property: 'is never empty', holds: (clean) => clean !== '' },
  { property: 'has at most 100 bytes', holds: (clean) => Buffer.byteLength(clean) <= 100 },
  { property: 'never begins with a dot or a dash', holds: (clean) => !/^[.-]/.test(clean) },
  { property: 'never ends with a dot', holds: (clean) => !clean.endsWith('.') },
  { property: 'is never a Windows device name', holds: (clean) => !DEVICE.test(clean) },
  {
    property: 'does not change when it is cleaned again',
    holds: (clean) => secureFileName(clean, 'png') === clean,
  },
])('the clean form of random names $property', ({ holds }) => {
  const faults: { name: string; clean: string }[] = [];
  for (let seed = 0; seed < SEEDS; seed += 1) {
    for (const name of randomNames(seed)) {
      const clean = secureFileName(name, 'png');
      if (!holds(clean)) {
        faults.push({ name, clean });
      }
    }
  }
  expect(faults).toEqual([]);
});

function* randomNames(seed: number): Iterable<string> {
  const random = randomFrom(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  for (let count = 0; count < NAMES_PER_SEED; count += 1) {
    const pieces = Array.from({ length: below(12) }, () => PIECES[below(PIECES.length)]);
    yield pieces.join('');
  }
}
