/** The part of the interface that shows a fault: the file, its crop, its description, or the button of the action. */
export type Concern = 'file' | 'crop' | 'altText' | 'action';

/** The reason why an action failed. */
export interface Fault {
  readonly concern: Concern;
  /** Error message for the user. */
  readonly message: string;
  /** Whether the same request may succeed later. */
  readonly canRetry: boolean;
}
