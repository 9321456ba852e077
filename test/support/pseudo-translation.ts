import { ENGLISH } from '../../src/web/messages/english.ts';
import type { Text, Translation } from '../../src/web/messages/messages.ts';

/** Difference between a Latin letter and the same letter in a script that no sentence of Portrait uses: `A` and `Ａ`. */
const FULL_WIDTH = 0xfee0;

/**
 * Returns a translation whose sentences have no ASCII letter outside their placeholders, so that tests find English text.
 * @param codes error codes of the server that get a sentence.
 */
export function pseudoTranslation(codes: readonly string[] = []): Translation {
  const sentences = Object.entries<Text>(ENGLISH).map(([key, text]) => [key, disguise(text)]);
  const errors = codes.map((code) => [code, disguise(code)]);
  return { ...Object.fromEntries(sentences), errors: Object.fromEntries(errors) };
}

function disguise(text: Text): Text {
  return typeof text === 'string'
    ? text.replace(/\{\w+\}|[A-Za-z]/g, (match) =>
        match.length > 1 ? match : String.fromCharCode(match.charCodeAt(0) + FULL_WIDTH),
      )
    : { other: disguise(text.other) as string };
}
