import type { Fault } from '../editor/fault.ts';
import type { Photo } from '../photo/photo.ts';
import type { Progress } from '../shared/post.ts';
import type { PortraitFragment } from './generated/graphql.ts';

export type Picture = NonNullable<PortraitFragment['profilePicture']>;

/** The state of the page. */
export interface State {
  readonly viewer: PortraitFragment | null;
  /** The file that the user is editing or uploading. */
  readonly choice: Photo | undefined;
  /** Whether the browser is decoding a chosen file, which can take seconds. */
  readonly preparing: boolean;
  /** Progress of the current upload, or `preparing` before its first byte. Undefined if there is none. */
  readonly sending: Progress | 'preparing' | undefined;
  /** Whether a change of the current picture is in progress. */
  readonly changing: boolean;
  /** Whether this browser knows of a previous picture that the user can restore. */
  readonly canRestore: boolean;
  /** Reason why the file was not accepted or the upload failed. */
  readonly uploadFault: Fault | undefined;
  /** Reason why the change of the current picture failed. */
  readonly pictureFault: Fault | undefined;
  /** Result of the last action. An object, so that the same result can be shown again. */
  readonly done: { readonly message: string } | undefined;
}

export interface Store {
  get(): State;
  set(change: Partial<State>): void;
}

/** Edge length of the large picture in CSS pixels. */
export const PORTRAIT_EDGE = 224;
