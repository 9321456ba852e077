import type { ENGLISH } from './english.ts';

/** Name of a sentence. */
export type MessageKey = keyof typeof ENGLISH;

/** A sentence, or its forms by the number that fills in `{count}`. */
export type Text = string | PluralForms;

/** Forms of a sentence by plural category. `Intl.PluralRules` says which categories a language has. */
export type PluralForms = { readonly [Category in Intl.LDMLPluralRule]?: string } & {
  readonly other: string;
};

/** Sentences of the interface in one language. Each keeps the names in braces of the English sentence. */
export type Messages = { readonly [Key in MessageKey]: Text } & {
  /**
   * Sentences by error code of the server, such as `FILE_TOO_LARGE`. `{message}` is the English sentence of the server,
   * which appears if the code has no sentence here.
   */
  readonly errors: Readonly<Record<string, Text>>;
};

/** Sentences that replace English ones. It can be JSON. */
export type Translation = Partial<Messages>;
