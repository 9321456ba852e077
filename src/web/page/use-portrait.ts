import { useMemo, useRef, useState } from 'preact/hooks';
import { execute, type Run } from '../client/execute.ts';
import type { PageQuery } from '../client/generated/graphql.ts';
import {
  createPictureActions,
  INITIAL_PICTURE_STATE,
  type PictureActions,
} from '../client/picture-actions.ts';
import { useLanguage } from '../messages/use-language.ts';
import type { State } from './state.ts';

interface Settings {
  readonly data: PageQuery;
  readonly endpoint: string;
}

/** Changes a part of the state of the page. */
export type SetState = (change: Partial<State>) => void;

/** Returns the state of the page, the actions for the picture, and the function that changes the state. */
export function usePortrait({ data, endpoint }: Settings): readonly [State, PictureActions, SetState] {
  const shownLanguage = useLanguage();
  const language = useRef(shownLanguage);
  language.current = shownLanguage;
  const [state, setState] = useState<State>({
    ...INITIAL_PICTURE_STATE,
    viewer: data.viewer,
    editing: false,
    preparing: false,
    uploadFault: undefined,
  });
  const current = useRef(state);
  const [actions, set] = useMemo(() => {
    const change: SetState = (part) => {
      current.current = { ...current.current, ...part };
      setState(current.current);
    };
    const run: Run = (document, variables, options) =>
      execute(document, variables, { connection: { endpoint }, ...options });
    const store = { get: () => current.current, set: change };
    return [createPictureActions(store, { run, language: () => language.current }), change] as const;
  }, []);
  return [state, actions, set];
}
