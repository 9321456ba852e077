import { expect, test } from 'vitest';
import { loadGlyphShaper } from '../../src/pictures/glyph-shaper.ts';
import { initialsOf } from '../../src/pictures/initials.ts';
import { drawInitialsAsPaths } from '../../src/pictures/initials-as-paths.ts';

const shaper = await loadGlyphShaper();

/** Matches an SVG image with paths only. */
const PATHS_ONLY =
  /^<svg [^<>]*>\n<rect [^<>]*\/>\n<g [^<>]*>\n(<path transform="translate\(-?[\d.]+ -?[\d.]+\)" d="[MLQCZ\d., -]*"\/>\n)+<\/g>\n<\/svg>\n$/;

test.for([
  { block: 'Latin-1', from: 0xc0, to: 0xff, script: /\p{Script=Latin}/u, letters: 62 },
  { block: 'Latin Extended-A', from: 0x100, to: 0x17f, script: /\p{Script=Latin}/u, letters: 128 },
  { block: 'Latin Extended-B', from: 0x180, to: 0x24f, script: /\p{Script=Latin}/u, letters: 208 },
  {
    block: 'Latin Extended Additional',
    from: 0x1e00,
    to: 0x1eff,
    script: /\p{Script=Latin}/u,
    letters: 256,
  },
  { block: 'Greek', from: 0x370, to: 0x3ff, script: /\p{Script=Greek}/u, letters: 114 },
  { block: 'Greek Extended', from: 0x1f00, to: 0x1fff, script: /\p{Script=Greek}/u, letters: 218 },
  { block: 'Cyrillic', from: 0x400, to: 0x4ff, script: /\p{Script=Cyrillic}/u, letters: 248 },
  {
    block: 'Cyrillic Supplement',
    from: 0x500,
    to: 0x52f,
    script: /\p{Script=Cyrillic}/u,
    letters: 48,
  },
])('every letter of $block is drawn, as it is and as an initial', ({ from, to, script, letters }) => {
  const found = Array.from({ length: to - from + 1 }, (_, index) =>
    String.fromCodePoint(from + index),
  ).filter((letter) => /\p{L}/u.test(letter) && script.test(letter));
  expect(found).toHaveLength(letters);
  const texts = found.flatMap((letter) => [letter, initialsOf({ id: 'user', name: letter }).text]);
  expect(texts.filter((text) => !PATHS_ONLY.test(draw(text) ?? ''))).toEqual([]);
});

test.for([
  { what: 'full-width', letter: '\uff21' },
  { what: 'mathematical', letter: '\u{1d400}' },
  { what: 'script', letter: '\u{1d49c}' },
])('a $what letter is drawn as the plain one', ({ letter }) => {
  expect(draw(letter)).toBe(draw('A'));
});

test.for(['0', '9', '?', '\u00aa', '\u2163', 'Q\u030c', 'a\ufe0f', '\u0915\u094d\u0937\u093f'])(
  '"%s" is drawn',
  (text) => {
    expect(draw(text)).toMatch(PATHS_ONLY);
  },
);

test.for(['\u5c71', '\u0645', '\u05d0', '\u0531', '\u10d0', '\u1100', '\u3164', '\u{1e900}', 'a\u1dfa', ''])(
  '"%s" is not drawn',
  (text) => {
    expect(draw(text)).toBeUndefined();
  },
);

test('a mark is drawn above its letter, where the font places it', () => {
  const { width } = shaper.shape('Q');
  const [letter, mark] = placesIn(draw('Q\u030c'));
  expect(letter).toEqual({ x: 0, y: 0 });
  // Without an offset, the mark would be on the right of the letter.
  expect(mark?.x).toBeLessThan(width);
  expect(mark?.y).toBeGreaterThan(100);
});

test('two letters that leave a gap get closer together', () => {
  const [, second] = placesIn(draw('AV'));
  expect(second?.x).toBeGreaterThan(0);
  expect(second?.x).toBeLessThan(shaper.shape('A').width);
});

test('a text that cannot be drawn does not change the next one', () => {
  const before = draw('AV');
  expect(draw('\u5c71')).toBeUndefined();
  expect(draw('AV')).toBe(before);
});

function draw(text: string): string | undefined {
  return drawInitialsAsPaths({ text, color: 0 }, 64, shaper);
}

/** Returns the position of each path, in the unit of the font. */
function placesIn(svg = ''): { x: number; y: number }[] {
  return [...svg.matchAll(/<path transform="translate\((\S+) (\S+)\)"/g)].map(([, x, y]) => ({
    x: Number(x),
    y: Number(y),
  }));
}
