import type { Progress } from '../shared/post.ts';
import type { ChosenFiles, FileVariable } from './operation.ts';

/** The state of the panels. */
export interface State {
  /** Query, variables and headers in the open tab, as text. */
  readonly query: string;
  readonly variables: string;
  readonly headers: string;
  /** File variables of the operation in the open tab. */
  readonly fileVariables: readonly FileVariable[];
  /** Last result of the open tab, as text. */
  readonly response: string | null;
  readonly files: ChosenFiles;
  /** Whether the user has run an operation, or removed a file. Until then, the panel warns of no missing file. */
  readonly warnsOfMissingFiles: boolean;
  /** Progress of the current upload. */
  readonly progress: Progress | undefined;
}

/** A store for React's `useSyncExternalStore`. */
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
