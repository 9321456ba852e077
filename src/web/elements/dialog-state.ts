import type { PhotoState } from '../client/photo-actions.ts';
import type { PictureState } from '../client/picture-actions.ts';
import type { EditorData } from './dialog-module.ts';

/** The state of the dialog. It is open if there is a photo or a panel. */
export interface DialogState extends PictureState, PhotoState {
  /** Undefined until the server has sent them. */
  readonly rules: EditorData['uploadRules'] | undefined;
  /** The panel that shows the current picture and lets the user choose a photo. */
  readonly panel: 'loading' | 'ready' | undefined;
}
