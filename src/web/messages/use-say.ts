import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { createSay, type Say } from './say.ts';

/** Gives the components below it their sentences. Default: English. */
export const SayContext = createContext<Say>(createSay());

/** Returns the function that returns the sentences of the interface. */
export function useSay(): Say {
  return useContext(SayContext);
}
