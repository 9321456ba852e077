import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

/** Noto Sans of weight 600. It has the letters and marks of Latin, Greek, Cyrillic and Devanagari. */
const FONT = '@expo-google-fonts/noto-sans/600SemiBold/NotoSans_600SemiBold.ttf';
/** Index of the glyph for missing characters: https://learn.microsoft.com/typography/opentype/spec/recom */
const NOTDEF = 0;

/** Outline of one glyph. The y-axis points up. */
export interface PlacedGlyph {
  /** Data of an SVG path. */
  readonly path: string;
  readonly x: number;
  readonly y: number;
}

/** Outlines of a text, which starts at 0 0. All lengths are in the unit of the font. */
export interface ShapedText {
  readonly glyphs: readonly PlacedGlyph[];
  readonly width: number;
  /** False if the font lacks a glyph. */
  readonly isComplete: boolean;
}

/** Lays out text in one font. */
export interface GlyphShaper {
  /** Size of the font's em square in its unit. */
  readonly em: number;
  /** Height of a capital letter without marks in the unit of the font. */
  readonly capHeight: number;
  /** Returns the outlines of a text with all its marks in place. Takes time proportional to the text's length. */
  shape(text: string): ShapedText;
}

/**
 * Loads HarfBuzz and the font. HarfBuzz runs as WebAssembly, so a defect in it cannot reach the rest of the server's
 * memory. Rejects with a file system error.
 */
export async function loadGlyphShaper(): Promise<GlyphShaper> {
  const { Blob, Buffer, Face, Font, MetricsTag, shape } = await import('harfbuzzjs');
  const { buffer } = new Uint8Array(await readFile(createRequire(import.meta.url).resolve(FONT)));
  const face = new Face(new Blob(buffer));
  const font = new Font(face);
  // Each buffer stays in the memory of WebAssembly until V8 collects its wrapper, so use only this one.
  const line = new Buffer();
  return {
    em: face.upem,
    capHeight: font.getMetricPositionWithFallback(MetricsTag.CAP_HEIGHT),
    shape(text) {
      line.reset();
      line.addText(text);
      line.guessSegmentProperties();
      shape(font, line);
      const positions = line.getGlyphPositions();
      let width = 0;
      let isComplete = true;
      const glyphs = line.getGlyphInfos().map(({ codepoint: glyph }, index) => {
        const { xAdvance, xOffset, yOffset } = positions[index] ?? { xAdvance: 0, xOffset: 0, yOffset: 0 };
        const placed = { path: font.glyphToPath(glyph), x: width + xOffset, y: yOffset };
        width += xAdvance;
        isComplete &&= glyph !== NOTDEF;
        return placed;
      });
      return { glyphs, width, isComplete };
    },
  };
}
