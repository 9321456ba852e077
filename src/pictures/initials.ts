import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { escapeMarkup } from './escape-markup.ts';
import { graphemesOf } from './graphemes.ts';

/** Avatar of a user without a picture. */
export interface Initials {
  /** One or two capital letters or digits. */
  readonly text: string;
  /** Index in {@link BACKGROUNDS}. */
  readonly color: number;
}

/** Background colors. The contrast of the white letters with each is at least 4.5:1. */
const BACKGROUNDS = [
  '#b3261e',
  '#a23b00',
  '#7a5500',
  '#4d6600',
  '#2c6e1f',
  '#006b56',
  '#00687a',
  '#005faf',
  '#3f51b5',
  '#6a3fb5',
  '#8e2f9e',
  '#a62a63',
] as const;

export const INITIALS_COLORS = BACKGROUNDS.length;

/** Font size in hundredths of the image. */
export const FONT_SIZE = 42;

/**
 * A letter or digit, with its marks and the other letters of a conjunct. Excludes characters with a meaning in a URL
 * or in SVG. The length is limited to what any script needs.
 */
const INITIAL = /^[\p{L}\p{N}][\p{L}\p{M}\p{N}\u200c\u200d]{0,11}$/u;
const MAX_CODE_POINTS = 12;
/** Maximum UTF-16 code units of one initial. */
const MAX_INITIAL_LENGTH = 2 * MAX_CODE_POINTS;
/** Maximum number of words, and of letters in a word, to try for an initial. The first one nearly always succeeds. */
const MAX_ATTEMPTS = 4;
const LETTER_OR_DIGIT = /[\p{L}\p{N}]/u;

/** Maximum number of names whose initials stay in memory. A GraphQL operation has at most 250 fields. */
const MAX_NAMES = 1_000;

/** Cached initials by user, so that a document with many avatars of one user searches the name once. */
const cache = new WeakMap<object, Initials>();

/** Cached initials by name. An empty text means that the name has none. */
const textsByName = new LRUCache<string, string>({ max: MAX_NAMES });

/**
 * Returns the initials of the first and last word of the name, or of the id if the name has none. The color depends
 * only on the id. Takes time proportional to the length of the name and the id, once for each object and name.
 * @param fallbackName replaces the name if that is null.
 */
export function initialsOf(
  user: { readonly id: string; readonly name: string | null },
  fallbackName?: string | null,
): Initials {
  let initials = cache.get(user);
  if (initials === undefined) {
    initials = findInitials(user);
    cache.set(user, initials);
  }
  const text = user.name === null && fallbackName != null ? textOfName(fallbackName) : '';
  return text === '' ? initials : { text, color: initials.color };
}

function findInitials({ id, name }: { readonly id: string; readonly name: string | null }): Initials {
  return {
    text: textOfName(name ?? '') || (firstInitial(id) ?? '?'),
    color: (hash('sha256', id, 'buffer')[0] ?? 0) % INITIALS_COLORS,
  };
}

/** Returns whether a name has initials. A name of symbols has none. */
export function hasInitials(name: string): boolean {
  return textOfName(name) !== '';
}

/** Returns the initials of a name, or an empty text if it has none. */
function textOfName(name: string): string {
  let text = textsByName.get(name);
  if (text === undefined) {
    text = findText(name);
    // A copy, because a part of a URL or a document would keep the whole text in memory.
    textsByName.set(Buffer.from(name, 'utf16le').toString('utf16le'), text);
  }
  return text;
}

function findText(name: string): string {
  const words = name.split(/\s+/).filter((word) => LETTER_OR_DIGIT.test(word));
  const first = firstOf(words.slice(0, MAX_ATTEMPTS)) ?? '';
  const last = words.length > 1 ? firstOf(words.slice(1).slice(-MAX_ATTEMPTS).toReversed()) : undefined;
  const both = `${first}${last ?? ''}`;
  // Two adjacent letters may combine into one grapheme, which may not be a letter.
  return areInitials(both) ? both : first;
}

/** Returns whether a text could have come from {@link initialsOf}. */
export function areInitials(text: string): boolean {
  if (text === '?') {
    return true;
  }
  // No two initials are longer.
  if (text.length > 2 * MAX_INITIAL_LENGTH) {
    return false;
  }
  const graphemes = graphemesOf(text);
  return (
    graphemes.length >= 1 && graphemes.length <= 2 && graphemes.every((grapheme) => INITIAL.test(grapheme))
  );
}

/** Returns an SVG image of the initials. @param size edge length in pixels. */
export function drawInitials({ text, color }: Initials, size: number): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}" viewBox="0 0 100 100">
<rect width="100" height="100" fill="${backgroundOf(color)}"/>
<text x="50" y="50" dy=".35em" fill="#fff" font-family="system-ui, sans-serif" font-size="${FONT_SIZE}" font-weight="600" text-anchor="middle">${escapeMarkup(text)}</text>
</svg>
`;
}

/** Returns the background of initials as `#rrggbb`. */
export function backgroundOf(color: number): string {
  return BACKGROUNDS[color % INITIALS_COLORS] ?? BACKGROUNDS[0];
}

function firstOf(words: readonly string[]): string | undefined {
  for (const word of words) {
    const initial = firstInitial(word);
    if (initial !== undefined) {
      return initial;
    }
  }
  return undefined;
}

/** Returns the first letter or digit with its marks, as a capital. Returns undefined if there is none. */
function firstInitial(word: string): string | undefined {
  let rest = word;
  for (let tries = 0; tries < MAX_ATTEMPTS; tries += 1) {
    const start = rest.search(LETTER_OR_DIGIT);
    if (start === -1) {
      return undefined;
    }
    const [whole = ''] = graphemesOf(rest.slice(start, start + MAX_INITIAL_LENGTH));
    const segment = [...whole].slice(0, MAX_CODE_POINTS).join('');
    // Some capitals are longer than their letter ("ß" becomes "SS"). Keep such letters as they are.
    const capital = segment.toLocaleUpperCase('en');
    const initial = areInitials(capital) && graphemesOf(capital).length === 1 ? capital : segment;
    // Normalization makes some texts longer.
    const normalized = initial.normalize('NFC');
    if (INITIAL.test(normalized)) {
      return normalized;
    }
    rest = rest.slice(start + whole.length);
  }
  return undefined;
}
