import { ENGLISH } from './english.ts';

/** Sentences of the interface in one language. Each keeps the names in braces of the English sentence. */
export type Messages = { readonly [Key in keyof typeof ENGLISH]: string };

type Placeholders<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Placeholders<Rest>
  : never;

type Values<Key extends keyof Messages> = [Placeholders<(typeof ENGLISH)[Key]>] extends [never]
  ? []
  : [values: Readonly<Record<Placeholders<(typeof ENGLISH)[Key]>, string | number>>];

/** Returns a sentence with its values. The types require exactly the values of the English sentence. */
export type Say = <Key extends keyof Messages>(key: Key, ...values: Values<Key>) => string;

/** Creates the function that returns sentences. @param replaced sentences to use in place of the English ones. */
export function createSay(replaced: Partial<Messages> = {}): Say {
  const messages: Messages = { ...ENGLISH, ...replaced };
  return (key, ...[values]) => {
    const facts: Readonly<Record<string, string | number>> = values ?? {};
    return messages[key].replace(/\{(\w+)\}/g, (placeholder, name: string) =>
      String(facts[name] ?? placeholder),
    );
  };
}
