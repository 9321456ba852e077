import type { PortraitMessageName, PortraitMessages, PortraitText } from '../elements/portrait.d.ts';

// The types of sentences under their names inside this project. Applications use those of portrait.d.ts.

/** Name of a sentence. */
export type MessageKey = PortraitMessageName;

/**
 * A sentence, or its forms by the number that fills in `{count}`. `Intl.PluralRules` says which categories a language
 * has.
 */
export type Text = PortraitText;

/** Sentences that replace English ones. It can be JSON. */
export type Translation = PortraitMessages;
