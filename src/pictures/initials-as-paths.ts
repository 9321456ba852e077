import type { GlyphShaper } from './glyph-shaper.ts';
import { graphemesOf } from './graphemes.ts';
import { backgroundOf, FONT_SIZE, type Initials } from './initials.ts';

/** Maximum width of the letters, in hundredths of the image. Wider letters, such as two "Ǆ", get smaller. */
const MAX_WIDTH = 84;

/**
 * Returns an SVG image of the initials whose letters are paths, so that it needs no font. Leaves out initials for which
 * the font has no glyph. Returns undefined if it has a glyph for none of them. @param size edge length in pixels.
 */
export function drawInitialsAsPaths(
  { text, color }: Initials,
  size: number,
  shaper: GlyphShaper,
): string | undefined {
  const drawable = graphemesOf(text).map((grapheme) => drawableForm(grapheme, shaper));
  // Shape both letters together, so that the font can adjust the space between them.
  const { glyphs, width } = shaper.shape(drawable.join(''));
  if (glyphs.length === 0) {
    return undefined;
  }
  const scale = Math.min(FONT_SIZE / shaper.em, MAX_WIDTH / width);
  const left = 50 - (width * scale) / 2;
  const baseline = 50 + (shaper.capHeight * scale) / 2;
  const paths = glyphs.map(({ path, x, y }) => `<path transform="translate(${x} ${y})" d="${path}"/>`);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}" viewBox="0 0 100 100">
<rect width="100" height="100" fill="${backgroundOf(color)}"/>
<g fill="#fff" transform="translate(${left} ${baseline}) scale(${scale} ${-scale})">
${paths.join('\n')}
</g>
</svg>
`;
}

/**
 * Returns a form of the grapheme for which the font has all glyphs, or an empty text. Names often contain variants of
 * Latin letters, such as full-width or mathematical ones. Their compatibility form (NFKC) is the plain letter. A few
 * letters got their capital later than the font, such as U+019B in Unicode 16.
 */
function drawableForm(grapheme: string, shaper: GlyphShaper): string {
  const forms = [grapheme, grapheme.normalize('NFKC'), grapheme.toLowerCase()];
  return forms.find((form) => shaper.shape(form).isComplete) ?? '';
}
