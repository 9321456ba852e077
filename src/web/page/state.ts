import type { PictureState } from '../client/picture-actions.ts';
import type { Fault } from '../editor/fault.ts';

/** The state of the page. */
export interface State extends PictureState {
  /** Whether the editor's dialog is open. */
  readonly editing: boolean;
  /** Whether the browser is decoding a chosen file, which can take seconds. */
  readonly preparing: boolean;
  /** Reason why the editor did not accept a file. */
  readonly uploadFault: Fault | undefined;
}
