import type { GlyphShaper } from './glyph-shaper.ts';
import { graphemesOf } from './graphemes.ts';
import { backgroundOf, FONT_SIZE, type Initials } from './initials.ts';

/** Maximum width of the letters, in hundredths of the image. Wider letters, such as two "Ǆ", get smaller. */
const MAX_WIDTH = 84;

/**
 * Returns an SVG image of the initials whose letters are paths, so that it needs no font. Leaves out an initial that
 * the shaper has no glyph for. Returns undefined if it can draw none of them. @param size edge length in pixels.
 */
export function drawInitialsAsPaths(
  { text, colour }: Initials,
  size: number,
  shaper: GlyphShaper,
): string | undefined {
  const drawable = graphemesOf(text).filter((grapheme) => isDrawable(grapheme, shaper));
  if (drawable.length === 0) {
    return undefined;
  }
  // Shape both letters together, so that the font can adjust the space between them.
  const { glyphs, width } = shaper.shape(drawable.join(''));
  const scale = Math.min(FONT_SIZE / shaper.em, MAX_WIDTH / width);
  const left = 50 - (width * scale) / 2;
  const baseline = 50 + (shaper.capHeight * scale) / 2;
  const paths = glyphs.map(({ path, x, y }) => `<path transform="translate(${x} ${y})" d="${path}"/>`);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}" viewBox="0 0 100 100">
<rect width="100" height="100" fill="${backgroundOf(colour)}"/>
<g fill="#fff" transform="translate(${left} ${baseline}) scale(${scale} ${-scale})">
${paths.join('\n')}
</g>
</svg>
`;
}

/** Returns whether the font has all glyphs of a grapheme. Some letters, such as U+3164, are invisible. */
function isDrawable(grapheme: string, shaper: GlyphShaper): boolean {
  const { glyphs, isComplete } = shaper.shape(grapheme);
  return isComplete && glyphs.some(({ path }) => path !== '');
}
