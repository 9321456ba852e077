import type { Progress } from '../shared/post.ts';
import type { ChosenFiles, FileVariable } from './operation.ts';

/** What the panel shows. */
export interface State {
  /** Of the operation in the open tab. */
  readonly fileVariables: readonly FileVariable[];
  /** The open tab's last result, as text. */
  readonly response: string | null;
  readonly files: ChosenFiles;
  /** Of the upload under way. */
  readonly progress: Progress | undefined;
}

/** A state that React can follow by useSyncExternalStore. */
export interface Store {
  get(): State;
  set(change: Partial<State>): void;
  subscribe(listener: () => void): () => void;
}

export function createStore(initial: State): Store {
  let state = initial;
  const listeners = new Set<() => void>();
  return {
    get: () => state,
    set(change) {
      state = { ...state, ...change };
      for (const listener of listeners) {
        listener();
      }
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
