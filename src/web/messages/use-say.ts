import type { Say } from './say.ts';
import { useLanguage } from './use-language.ts';

/** Returns the function that returns the sentences of the interface. */
export function useSay(): Say {
  return useLanguage().say;
}
