import type { Connection } from '../client/connection.ts';
import type { PageQuery } from '../client/generated/graphql.ts';
import type { LanguageOptions } from '../messages/language.ts';
import type { PortraitEventMap } from './portrait.d.ts';

/** The user, and the rules for uploads. */
export type EditorData = PageQuery;

/** The part of the editor's element that its dialog uses. The functions return the values at the time of the call. */
export interface DialogHost {
  /** Shadow tree that the dialog becomes a part of. */
  readonly root: ShadowRoot;
  readonly connection: () => Connection;
  readonly language: () => LanguageOptions;
  /** Returns the id of another user whose picture the editor changes. */
  readonly userId: () => string | undefined;
  /** Returns the data if the page has it already. */
  readonly data: () => EditorData | undefined;
  /** Dispatches an event. Returns false if the host has called `preventDefault`. */
  readonly dispatch: <Type extends keyof PortraitEventMap>(
    type: Type,
    detail: PortraitEventMap[Type]['detail'],
  ) => boolean;
}

/** The dialog of an editor. */
export interface Dialog {
  /** Opens the dialog. With a file, the user can crop it at once. Does nothing during an upload. */
  open(file?: File): Promise<void>;
  /** Closes the dialog, cancels an upload, and discards the chosen photo. */
  close(): void;
  /** Shows the current messages of the host. */
  translate(): void;
}

/** The module that the element loads on its own. */
export interface DialogModule {
  createDialog(host: DialogHost): Dialog;
}
