import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { useLanguage } from '../messages/use-language.ts';
import { type Actions, createActions } from './actions.ts';
import type { PageQuery } from './generated/graphql.ts';
import type { State, Store } from './state.ts';

interface Settings {
  readonly data: PageQuery;
  readonly endpoint: string;
}

/** Returns the state of the page and the actions that change it. */
export function usePortrait({ data, endpoint }: Settings): readonly [State, Actions] {
  const shownLanguage = useLanguage();
  const language = useRef(shownLanguage);
  language.current = shownLanguage;
  const [state, setState] = useState<State>({
    viewer: data.viewer,
    choice: undefined,
    preparing: false,
    sending: undefined,
    changing: false,
    canRestore: false,
    uploadFault: undefined,
    pictureFault: undefined,
    done: undefined,
  });
  const current = useRef(state);
  const actions = useMemo(() => {
    const store: Store = {
      get: () => current.current,
      set(change) {
        current.current = { ...current.current, ...change };
        setState(current.current);
      },
    };
    return createActions(store, { endpoint, rules: data.uploadRules, language: () => language.current });
  }, []);
  // The server does not know what this browser remembers, so the first rendering must not show it.
  useEffect(() => actions.recall(), []);
  return [state, actions];
}
