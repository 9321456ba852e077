import { createHash } from 'node:crypto';
import { escapeMarkup } from './escape-markup.ts';

/** How a user without a picture is shown. */
export interface Initials {
  /** One or two letters or digits, in capitals. */
  readonly text: string;
  /** One of {@link BACKGROUNDS}. */
  readonly colour: number;
}

/** Each at least 4.5 : 1 against the white letters. */
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

export const INITIALS_COLOURS = BACKGROUNDS.length;

/**
 * A letter or a digit with what belongs to it in its script (marks, and the other letters of a conjunct): nothing
 * that has a meaning in a URL or in SVG, and not more than any script needs.
 */
const INITIAL = /^[\p{L}\p{N}][\p{L}\p{M}\p{N}\u200c\u200d]{0,11}$/u;
const MAX_CODE_POINTS = 12;

/** From the first and the last word of the name, else from the id; the colour stays with the id. */
export function initialsOf(user: { id: string; name: string | null }): Initials {
  const words = (user.name ?? '')
    .split(/\s+/)
    .map(firstInitial)
    .filter((initial) => initial !== undefined);
  const [first = firstInitial(user.id) ?? '?'] = words;
  const both = `${first}${words.length > 1 ? words.at(-1) : ''}`;
  return {
    // Side by side two letters may join to what is one letter, or none, of their script.
    text: areInitials(both) ? both : first,
    colour: (createHash('sha256').update(user.id).digest()[0] ?? 0) % INITIALS_COLOURS,
  };
}

/** Whether a text could have come from {@link initialsOf}. */
export function areInitials(text: string): boolean {
  const graphemes = [...graphemesOf(text)];
  return (
    text === '?' ||
    (graphemes.length >= 1 && graphemes.length <= 2 && graphemes.every((grapheme) => INITIAL.test(grapheme)))
  );
}

/** An SVG of the initials. @param size of its edges, in pixels. */
export function drawInitials({ text, colour }: Initials, size: number): string {
  const fill = BACKGROUNDS[colour % INITIALS_COLOURS];
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}" viewBox="0 0 100 100">
<rect width="100" height="100" fill="${fill}"/>
<text x="50" y="50" dy=".35em" fill="#fff" font-family="system-ui, sans-serif" font-size="42" font-weight="600" text-anchor="middle">${escapeMarkup(text)}</text>
</svg>
`;
}

let segmenter: Intl.Segmenter | undefined;

/** One after the other: a name may be long, and its first is mostly enough. */
function* graphemesOf(text: string): Generator<string> {
  // Made when it is first used, since its tables would take every start 20 ms.
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  for (const { segment } of segmenter.segment(text)) {
    yield segment;
  }
}

function firstInitial(word: string): string | undefined {
  for (const whole of graphemesOf(word)) {
    const segment = [...whole].slice(0, MAX_CODE_POINTS).join('');
    // Some capitals are longer than their letter ("ß" is "SS"): those stay as they are.
    const capital = segment.toLocaleUpperCase('en');
    const initial = areInitials(capital) && [...graphemesOf(capital)].length === 1 ? capital : segment;
    if (INITIAL.test(initial)) {
      return initial.normalize('NFC');
    }
  }
  return undefined;
}
