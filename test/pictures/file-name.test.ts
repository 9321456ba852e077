import { expect, test } from 'vitest';
import { rejectedExtension } from '../../src/file-names/rejected-extension.ts';
import { REJECTED_EXTENSIONS } from '../../src/file-names/rejected-extensions.ts';
import { ALL_TYPES, typesNamed } from '../../src/imaging/accepted-types.ts';
import { UnsupportedFileTypeError } from '../../src/imaging/errors.ts';
import { checkFileName, displayedFileName } from '../../src/pictures/file-name.ts';
import { randomFrom } from '../support/random-from.ts';

test('the error for a name states its extension and the accepted types', () => {
  const error = rejectionOf('me.jpg.EXE::$DATA');
  expect(error.detected).toBe('.exe');
  expect(error.message).toBe(
    'Files of type .exe are not accepted. Choose a JPEG, PNG, WebP, GIF, or AVIF picture.',
  );
});

test('the extension of a picture never decides, even if the operator has turned its type off', () => {
  for (const name of ['me.avif', 'me.heic', 'me.tiff']) {
    expect(() => checkFileName(name, typesNamed(['png']))).not.toThrow();
  }
});

test.for([
  { name: 'jane.doe', shown: 'jane.doe' },
  { name: 'me.exe\u5199\u771f', shown: 'me.exe.png' },
  { name: 'me.e$x$e', shown: 'me.exe.png' },
  { name: `${'x'.repeat(96)}.php${'y'.repeat(20)}`, shown: `${'x'.repeat(96)}.png` },
  { name: '\u5199\u771f.doe', shown: 'picture.png' },
])('$name is accepted and shown as $shown', ({ name, shown }) => {
  expect(() => checkFileName(name, ALL_TYPES)).not.toThrow();
  expect(displayedFileName(name, 'png')).toBe(shown);
});

const PIECES = [
  ...[
    'a',
    'Z',
    '0',
    '$',
    ':',
    '.',
    '..',
    '-',
    '_',
    ' ',
    '\n',
    '/',
    '\0',
    '?x=1',
    '\u202e',
    '\u65e5',
    '\u00e9',
    '\uff0e',
  ],
  ...['.png', '.exe', '.php', 'exe', '.ex', 'e', '.js', 'x'.repeat(24), 'y'.repeat(49)],
];

test('no random name is shown with an extension that causes a rejection', () => {
  const random = randomFrom(1);
  const below = (limit: number) => Math.floor(random() * limit);
  for (let count = 0; count < 20_000; count += 1) {
    const name = Array.from({ length: below(8) }, () => PIECES[below(PIECES.length)]).join('');
    const shown = displayedFileName(name, 'png');
    expect(rejectedExtension(shown, REJECTED_EXTENSIONS), name).toBeUndefined();
    expect(shown, name).toMatch(/^[A-Za-z0-9_.-]{1,100}$/);
  }
});

function rejectionOf(name: string): UnsupportedFileTypeError {
  try {
    checkFileName(name, ALL_TYPES);
  } catch (error) {
    if (error instanceof UnsupportedFileTypeError) {
      return error;
    }
    throw error;
  }
  return expect.fail('The name was accepted.');
}
