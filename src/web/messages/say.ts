import { ENGLISH } from './english.ts';
import type { MessageKey, Text, Translation } from './messages.ts';

type Placeholders<Sentence> = Sentence extends { readonly other: infer Other }
  ? Placeholders<Other>
  : Sentence extends `${string}{${infer Name}}${infer Rest}`
    ? Name | Placeholders<Rest>
    : never;

type Facts = Readonly<Record<string, string | number>>;

type Values<Key extends MessageKey> = [Placeholders<(typeof ENGLISH)[Key]>] extends [never]
  ? []
  : [values: Readonly<Record<Placeholders<(typeof ENGLISH)[Key]>, string | number>>];

/** Returns a sentence with its values. The types require exactly the values of the English sentence. */
export type Say = <Key extends MessageKey>(key: Key, ...values: Values<Key>) => string;

/** Creates the function that returns sentences. @param locale language of the sentences. */
export function createSay(translation: Translation, locale: string): Say {
  const fill = createFill(locale);
  return (key, ...[values]) => fill(translation[key] ?? ENGLISH[key], values ?? {});
}

/** Creates the function that fills values into a sentence. Values that contain braces stay as they are. */
export function createFill(locale: string): (text: Text, facts: Facts) => string {
  const plural = new Intl.PluralRules(locale);
  const grouped = new Intl.NumberFormat(locale);
  const ungrouped = new Intl.NumberFormat(locale, { useGrouping: false });
  return (text, facts) => {
    const { count } = facts;
    const form = typeof count === 'number' ? plural.select(count) : 'other';
    const sentence = typeof text === 'string' ? text : (text[form] ?? text.other);
    return sentence.replace(/\{(\w+)\}/g, (placeholder, name: string) => {
      const value = facts[name] ?? placeholder;
      if (typeof value === 'string') {
        return value;
      }
      // Edges in pixels and status codes read better without separators: 1024 × 772, but 5,242,880 bytes.
      return (name === 'count' ? grouped : ungrouped).format(value);
    });
  };
}
