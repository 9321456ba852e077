/** Holds a state and changes parts of it. */
export interface Store<State> {
  get(): State;
  set(change: Partial<State>): void;
}
