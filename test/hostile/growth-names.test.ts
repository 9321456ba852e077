import { rejectedExtension } from '../../src/file-names/rejected-extension.ts';
import { REJECTED_EXTENSIONS } from '../../src/file-names/rejected-extensions.ts';
import { decodeEncodedWords } from '../../src/multipart/encoded-words.ts';
import { areInitials, initialsOf } from '../../src/pictures/initials.ts';
import { secureFileName } from '../../src/pictures/secure-file-name.ts';
import { reading, testGrowth } from '../support/growth.ts';

testGrowth([
  ...['!', '\u{1f469}\u200d\u{1f4bb}', 'e\u0301', '\u0600a', 'a ', '\u0e33'].map((part) => ({
    where: `a name and an id with many "${part}"`,
    size: 20_000,
    work: (size: number) => {
      const text = part.repeat(size / part.length);
      // Initials are cached by object, so each run needs a new one.
      return () => [initialsOf({ id: text, name: text }), areInitials(text)];
    },
  })),
  ...['.', ' ', 'a.', '..', '/', '\u00e9', '\u200b', '. '].map((part) => ({
    where: `a file name with many "${part}"`,
    size: 20_000,
    work: reading(
      (size) => `a${part.repeat(size / part.length)}b`,
      (name) => [secureFileName(name, 'jpg'), rejectedExtension(name, REJECTED_EXTENSIONS)],
    ),
  })),
  ...[
    { what: 'a displayed', read: (name: string) => secureFileName(name, 'jpg') },
    { what: 'a checked', read: (name: string) => rejectedExtension(name, REJECTED_EXTENSIONS) },
  ].map(({ what, read }) => ({
    where: `${what} file name with many combining marks`,
    size: 30_000,
    work: reading((size) => `a${'\u0300\u0327'.repeat(size / 2)}b`, read),
  })),
  ...['=?', '?=', '=?a?b?', '=?a?q?=', '=?a?b??= '].map((part) => ({
    where: `a file name with many "${part}"`,
    size: 4_000,
    work: reading((size) => part.repeat(size / part.length), decodeEncodedWords),
  })),
]);
