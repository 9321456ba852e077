import { expect, test } from 'vitest';
import { areInitials, drawInitials, INITIALS_COLORS, initialsOf } from '../../src/pictures/initials.ts';

const ACCENT = '\u0301';

interface Named {
  readonly name: string | null;
  readonly text: string;
}

test.for<Named>([
  { name: 'Ada', text: 'A' },
  { name: 'ada', text: 'A' },
  { name: 'Ada Lovelace', text: 'AL' },
  { name: 'Johann Sebastian Bach', text: 'JB' },
  { name: '  Ada \t Lovelace\n', text: 'AL' },
  { name: 'Ada\u00a0Lovelace', text: 'AL' },
  { name: '3 Musketeers', text: '3M' },
  { name: 'Conan O\u2019Brien', text: 'CO' },
])('"$name" has the initials $text, from the first and the last word', ({ name, text }) => {
  expect(initialsOf({ id: 'user', name }).text).toBe(text);
});

test.for<Named & { what: string }>([
  { what: 'Arabic', name: '\u0645\u062d\u0645\u062f \u0639\u0644\u064a', text: '\u0645\u0639' },
  { what: 'Japanese', name: '\u5c71\u7530 \u592a\u90ce', text: '\u5c71\u592a' },
  { what: 'Chinese without spaces', name: '\u738b\u5c0f\u660e', text: '\u738b' },
  { what: 'Korean', name: '\ud64d \uae38\ub3d9', text: '\ud64d\uae38' },
  { what: 'Cyrillic', name: '\u0456\u0432\u0430\u043d', text: '\u0406' },
  { what: 'a vowel sign', name: '\u0915\u0943\u0937\u094d\u0923', text: '\u0915\u0943' },
  {
    what: 'a conjunct',
    name: '\u092a\u094d\u0930\u093f\u092f\u093e',
    text: '\u092a\u094d\u0930\u093f',
  },
  { what: 'Thai with sara am', name: '\u0e01\u0e33\u0e1e\u0e25', text: '\u0e01\u0e33' },
  { what: 'a right-to-left mark', name: '\u200f\u0645\u062d\u0645\u062f', text: '\u0645' },
  { what: 'outside the Basic Multilingual Plane', name: '\u{1e922}\u{1e923}', text: '\u{1e900}' },
])('initials in other scripts are whole letters: $what', ({ name, text }) => {
  expect(initialsOf({ id: 'user', name }).text).toBe(text);
});

test.for<Named & { what: string }>([
  { what: 'a composed letter', name: '\u00e9lodie', text: '\u00c9' },
  { what: 'a decomposed letter', name: `e${ACCENT}lodie`, text: '\u00c9' },
  { what: 'an accent before the first letter', name: `${ACCENT}ada`, text: 'A' },
  { what: 'a letter whose capital is longer', name: '\u00dfuper', text: '\u00df' },
  { what: 'a ligature whose capital is longer', name: '\ufb01nn', text: '\ufb01' },
  { what: 'a dotted capital', name: '\u0130stanbul', text: '\u0130' },
])('a letter stays one letter: $what', ({ name, text }) => {
  expect(initialsOf({ id: 'user', name }).text).toBe(text);
});

test.for<Named>([
  { name: '<script>alert(1)</script>', text: 'S' },
  { name: '"Bob" & \'Alice\'', text: 'BA' },
  { name: '../../etc', text: 'E' },
  { name: '%2F?#', text: '2' },
  { name: '\u{1f600} Ada \u{1f389}', text: 'A' },
  { name: '- Ada - Lovelace -', text: 'AL' },
])('characters other than letters and digits are skipped in $name', ({ name, text }) => {
  expect(initialsOf({ id: 'user', name }).text).toBe(text);
});

test.for([
  { name: null, id: 'demo', text: 'D' },
  { name: '', id: 'demo', text: 'D' },
  { name: '  ', id: 'demo', text: 'D' },
  { name: '\u{1f600} \u{1f1e9}\u{1f1ea}', id: 'demo', text: 'D' },
  { name: null, id: '<b>', text: 'B' },
  { name: null, id: 'auth0|42', text: 'A' },
  { name: null, id: '42', text: '4' },
  { name: '!', id: '\u65e5\u672c', text: '\u65e5' },
  { name: null, id: '<>', text: '?' },
  { name: null, id: '', text: '?' },
])(
  'the initial comes from the ID "$id" if the name "$name" has no letters or digits',
  ({ name, id, text }) => {
    expect(initialsOf({ id, name }).text).toBe(text);
  },
);

test('the color depends on the ID alone, not on the name', () => {
  const colors = ['Ada', 'Grace Hopper', null].map((name) => initialsOf({ id: 'user-1', name }).color);
  expect(new Set(colors).size).toBe(1);
  // These values must never change: initials that are cached keep their color.
  expect(['demo', 'user-2', '', '<b>'].map((id) => initialsOf({ id, name: null }).color)).toEqual([
    6, 1, 11, 8,
  ]);
});

test('every color is used, and no color is outside the range', () => {
  const colors = Array.from({ length: 500 }, (_, id) => initialsOf({ id: `${id}`, name: null }).color);
  expect([...new Set(colors)].sort((a, b) => a - b)).toEqual(
    Array.from({ length: INITIALS_COLORS }, (_, color) => color),
  );
});

test.for(['?', 'A', 'AL', '3M', '\u00df', '\u00c9\u0130', '\u5c71\u592a', '\u0645\u0639', '\u{1e900}'])(
  '%j is recognized as initials',
  (text) => {
    expect(areInitials(text)).toBe(true);
  },
);

test.for([
  ...['', ' ', 'ABC', '??', 'A?', 'A ', 'A\n', 'A B', ACCENT],
  ...[
    '<',
    '<b>',
    'A<',
    '&',
    '&lt;',
    '"',
    "'",
    '/',
    '..',
    '%',
    '-',
    '\0',
    '\u202e',
    '\u{1f600}',
    'A\u{1f600}',
  ],
])('%j is not recognized as initials', (text) => {
  expect(areInitials(text)).toBe(false);
});

// The two letters of a name could combine into something else when they are joined.
const NAMES = [
  ...['Ada Lovelace', '\u00dfuper \ufb01nn', `e${ACCENT}a o${ACCENT}a`, '<b> </b>', '\u{1f600}', '? !'],
  '\u1100 \u1161',
  '\u0915\u094d \u0937',
  '\u092a\u094d\u0930\u093f\u092f\u093e \u0936\u0930\u094d\u092e\u093e',
  '\u0ba4\u0bae\u0bbf\u0bb4\u0bcd \u0bb8\u0bcd\u0bb0\u0bc0',
  '\u{1f1e9} \u{1f1ea}',
];

test.for(NAMES)('the initials of "%s" are recognized after a round trip through a URL', (name) => {
  const { text } = initialsOf({ id: 'user', name });
  expect(areInitials(decodeURIComponent(encodeURIComponent(text)))).toBe(true);
});

test('a letter whose accents become longer in NFC still has a URL that exists', () => {
  const { text } = initialsOf({ id: 'alice', name: `q${'\u0344'.repeat(6)}` });
  expect(areInitials(text)).toBe(true);
});

test('a letter with thousands of accents is cut to fit into a URL', () => {
  const { text } = initialsOf({ id: 'user', name: `z${ACCENT.repeat(20_000)}` });
  expect(text).toMatch(/^[Z\u0179]/);
  expect(encodeURIComponent(text).length).toBeLessThan(1000);
});

test.for([
  { text: 'AL', shown: 'AL' },
  { text: '\u5c71\u592a', shown: '\u5c71\u592a' },
  { text: '?', shown: '?' },
  // initialsOf returns none of these, but drawInitials does not rely on that.
  { text: '<b>', shown: '&#60;b&#62;' },
  { text: '&"\'', shown: '&#38;&#34;&#39;' },
  { text: '</text><script/>', shown: '&#60;/text&#62;&#60;script/&#62;' },
])('the drawing of $text is well-formed and contains only that text', ({ text, shown }) => {
  const svg = drawInitials({ text, color: 0 }, 128);
  const [, content] =
    /^<svg [^<>]*>\n<rect [^<>]*\/>\n<text [^<>]*>([^<>]*)<\/text>\n<\/svg>\n$/.exec(svg) ?? [];
  expect(content).toBe(shown);
  for (const [tag] of svg.matchAll(/<[^/][^<>]*>/g)) {
    expect(tag).toMatch(/^<[a-z]+( [a-zA-Z-]+="[^"&<>]*")+ ?\/?>$/);
  }
});

test('the drawing has the requested size and color', () => {
  const fills = Array.from({ length: INITIALS_COLORS }, (_, color) => {
    const svg = drawInitials({ text: 'A', color }, 48);
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" width="48" height="48" /);
    return /<rect [^>]*fill="(#[0-9a-f]{6})"/.exec(svg)?.[1];
  });
  expect(fills).not.toContain(undefined);
  expect(new Set(fills).size).toBe(INITIALS_COLORS);
});

test('white letters have a contrast of at least 4.5:1 on every color', () => {
  for (let color = 0; color < INITIALS_COLORS; color += 1) {
    const fill = /<rect [^>]*fill="#([0-9a-f]{6})"/.exec(drawInitials({ text: 'A', color }, 48))?.[1] ?? '';
    expect(1.05 / (luminance(fill) + 0.05), fill).toBeGreaterThanOrEqual(4.5);
  }
});

/** Returns the relative luminance of a color: https://www.w3.org/TR/WCAG22/#dfn-relative-luminance */
function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [0, 2, 4]
    .map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
    .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

test('the initials of a user are computed once', () => {
  const user = { id: 'demo', name: 'Ada Lovelace' };
  expect(initialsOf(user)).toBe(initialsOf(user));
});
