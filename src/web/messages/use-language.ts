import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { createLanguage, type Language } from './language.ts';

/** Gives the components below it their language. Default: English. */
export const LanguageContext = createContext<Language>(createLanguage());

/** Returns the language of the interface. */
export function useLanguage(): Language {
  return useContext(LanguageContext);
}
