import type { Fault } from '../editor/fault.ts';
import type { Language } from '../messages/language.ts';
import { RefusedError, type Run } from './execute.ts';
import { toFault } from './faults.ts';
import {
  DescribeDocument,
  type PortraitFragment,
  RemoveDocument,
  RestoreDocument,
} from './generated/graphql.ts';
import type { Store } from './store.ts';

/** The current picture, and the change of it that is in progress or done. */
export interface PictureState {
  readonly viewer: PortraitFragment | null;
  /** Whether a change of the current picture is in progress. */
  readonly changing: boolean;
  /** Reason why the change of the current picture failed. */
  readonly pictureFault: Fault | undefined;
  /** Result of the last action. An object, so that the same result can be shown again. */
  readonly done: { readonly message: string } | undefined;
}

export const INITIAL_PICTURE_STATE: PictureState = {
  viewer: null,
  changing: false,
  pictureFault: undefined,
  done: undefined,
};

/** A change of the current picture. */
export type Change = 'uploaded' | 'described' | 'removed' | 'restored';

/** Changes of the current picture. None of them rejects. Failures become a fault in the state. */
export interface PictureActions {
  describe(altText: string): Promise<void>;
  remove(): Promise<void>;
  restore(): Promise<void>;
  /** Shows a user whose picture an upload has replaced. */
  showUploaded(viewer: PortraitFragment, message: string): void;
}

interface Settings {
  readonly run: Run;
  /** Returns the current language, which can change. */
  readonly language: () => Language;
  readonly onChange?: (change: Change, viewer: PortraitFragment, message: string) => void;
  readonly onFault?: (error: unknown, fault: Fault) => void;
}

/** Creates the actions that change the current picture. */
export function createPictureActions(
  { get, set }: Store<PictureState>,
  { run, language, onChange, onFault }: Settings,
): PictureActions {
  async function change(operation: () => Promise<void>): Promise<void> {
    if (get().changing) {
      return;
    }
    set({ changing: true, pictureFault: undefined });
    try {
      await operation();
    } catch (error) {
      const fault = toFault(error, language());
      set({ pictureFault: fault, done: undefined });
      onFault?.(error, fault);
    } finally {
      set({ changing: false });
    }
  }

  function show(kind: Change, viewer: PortraitFragment, message: string): void {
    set({ viewer, pictureFault: undefined, done: { message } });
    onChange?.(kind, viewer, message);
  }

  return {
    describe: (altText) =>
      change(async () => {
        const { updateProfilePicture } = await run(DescribeDocument, { altText });
        show('described', updateProfilePicture, language().say('described'));
      }),

    remove: () =>
      change(async () => {
        const { removeProfilePicture } = await run(RemoveDocument, {});
        show('removed', removeProfilePicture, language().say('removed'));
      }),

    restore: () =>
      change(async () => {
        try {
          const { restoreProfilePicture } = await run(RestoreDocument, {});
          show('restored', restoreProfilePicture, language().say('restored'));
        } catch (error) {
          const { viewer } = get();
          if (viewer !== null && error instanceof RefusedError && error.code === 'NOTHING_TO_RESTORE') {
            set({ viewer: { ...viewer, previousPicture: null } });
          }
          throw error;
        }
      }),

    showUploaded: (viewer, message) => show('uploaded', viewer, message),
  };
}
