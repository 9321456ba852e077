import type { Language } from '../messages/language.ts';
import type { PhotoEdit } from '../photo/edit.ts';
import { releasePhoto } from '../photo/photo.ts';
import { prepareUpload } from '../photo/prepare-upload.ts';
import { readPhoto } from '../photo/read-photo.ts';
import { type ExecuteOptions, execute, RefusedError } from './execute.ts';
import { toFault } from './faults.ts';
import {
  DescribeDocument,
  PageDocument,
  type PageQuery,
  type PortraitFragment,
  RemoveDocument,
  RestoreDocument,
  type TypedDocumentString,
  UploadDocument,
} from './generated/graphql.ts';
import { loadPicture } from './load-picture.ts';
import { forgetRestorable, isRestorable, rememberRestorable } from './restorable.ts';
import type { Store } from './state.ts';

/** The user's actions. None of them rejects. Failures become a fault in the state. */
export interface Actions {
  /** Reads what this browser remembers of earlier visits. */
  recall(): void;
  /** Selects the file if it passes the checks. Otherwise keeps the previous choice. */
  choose(file: File): Promise<void>;
  /** Uploads the choice. @param edit If undefined, the server chooses the square. */
  send(edit: PhotoEdit | undefined, altText: string): Promise<void>;
  /** Cancels the upload and keeps the choice. If the upload has already succeeded, shows the new picture. */
  cancel(): void;
  /** Discards the choice. */
  discard(): void;
  describe(altText: string): Promise<void>;
  remove(): Promise<void>;
  restore(): Promise<void>;
}

interface Settings {
  readonly endpoint: string;
  readonly rules: PageQuery['uploadRules'];
  /** Returns the current language, which can change while the page is open. */
  readonly language: () => Language;
}

/** Creates the actions that change the state of the page. */
export function createActions({ get, set }: Store, { endpoint, rules, language }: Settings): Actions {
  let upload: AbortController | undefined;
  /** Aborts the latest `choose` call. */
  let reading: AbortController | undefined;

  function run<Data, Variables extends object>(
    document: TypedDocumentString<Data, Variables>,
    variables: Variables,
    options: Omit<ExecuteOptions, 'endpoint'> = {},
  ): Promise<Data> {
    return execute(document, variables, { endpoint, ...options });
  }

  async function change(operation: () => Promise<void>): Promise<void> {
    if (get().changing) {
      return;
    }
    set({ changing: true, pictureFault: undefined });
    try {
      await operation();
    } catch (error) {
      set({ pictureFault: toFault(error, language()), done: undefined });
    } finally {
      set({ changing: false });
    }
  }

  function discard(): void {
    const { choice } = get();
    if (choice !== undefined) {
      releasePhoto(choice);
    }
    set({ choice: undefined, uploadFault: undefined, done: undefined });
  }

  /** Updates the page after a change of the picture. @param canRestore whether the trash now has a picture. */
  function showChanged(viewer: PortraitFragment, message: string, canRestore: boolean): void {
    if (canRestore) {
      rememberRestorable(viewer);
    } else {
      forgetRestorable();
    }
    set({ viewer, canRestore, done: { message } });
  }

  function showUploaded(viewer: PortraitFragment, message: string): void {
    const canRestore = get().canRestore || get().viewer?.profilePicture != null;
    discard();
    showChanged(viewer, message, canRestore);
  }

  /** Checks the result of a canceled upload. The server may have saved the picture before the request was aborted. */
  async function checkCanceledUpload(): Promise<void> {
    const previousId = get().viewer?.profilePicture?.id;
    let message = language().say('uploadCanceled');
    try {
      const { viewer } = await execute(PageDocument, {}, { endpoint });
      if (viewer?.profilePicture && viewer.profilePicture.id !== previousId) {
        showUploaded(viewer, language().say('cancelTooLate'));
        return;
      }
    } catch {
      message = language().say('uploadCanceledUnknown');
    }
    set({ done: { message } });
  }

  return {
    recall() {
      const { viewer } = get();
      set({ canRestore: viewer !== null && isRestorable(viewer) });
    },

    async choose(file) {
      if (get().viewer === null || get().sending) {
        return;
      }
      reading?.abort();
      reading = new AbortController();
      const { signal } = reading;
      try {
        const choice = await readPhoto(file, rules, { signal, onPreparing: () => set({ preparing: true }) });
        if (signal.aborted) {
          releasePhoto(choice);
        } else {
          discard();
          set({ choice, preparing: false });
        }
      } catch (error) {
        if (!signal.aborted) {
          set({ uploadFault: toFault(error, language()), preparing: false });
        }
      }
    },

    async send(edit, altText) {
      const { choice, sending } = get();
      if (choice === undefined || sending !== undefined) {
        return;
      }
      // A file that the user dropped meanwhile would replace the choice.
      reading?.abort();
      upload = new AbortController();
      set({
        preparing: false,
        sending: 'preparing',
        uploadFault: undefined,
        pictureFault: undefined,
        done: undefined,
      });
      try {
        const { signal } = upload;
        const { file, crop } = await prepareUpload(choice, edit ?? {}, { signal });
        set({ sending: { sentBytes: 0, totalBytes: file.size } });
        const variables = {
          file,
          ...(crop && { crop }),
          ...(altText !== '' && { altText }),
        };
        const { uploadProfilePicture } = await run(UploadDocument, variables, {
          signal,
          onProgress: (progress) => set({ sending: progress }),
        });
        await loadPicture(uploadProfilePicture.profilePicture, signal);
        showUploaded(uploadProfilePicture, language().say('updated'));
      } catch (error) {
        if (upload.signal.aborted) {
          await checkCanceledUpload();
        } else {
          set({ uploadFault: toFault(error, language()) });
        }
      } finally {
        set({ sending: undefined });
      }
    },

    cancel: () => upload?.abort(),
    discard,

    describe: (altText) =>
      change(async () => {
        const { updateProfilePicture } = await run(DescribeDocument, { altText });
        set({ viewer: updateProfilePicture, done: { message: language().say('described') } });
      }),

    remove: () =>
      change(async () => {
        showChanged((await run(RemoveDocument, {})).removeProfilePicture, language().say('removed'), true);
      }),

    restore: () =>
      change(async () => {
        const replaces = get().viewer?.profilePicture != null;
        try {
          const { restoreProfilePicture } = await run(RestoreDocument, {});
          // The current picture takes the place of the restored one in the trash.
          showChanged(restoreProfilePicture, language().say('restored'), replaces);
        } catch (error) {
          if (error instanceof RefusedError && error.code === 'NOTHING_TO_RESTORE') {
            forgetRestorable();
            set({ canRestore: false });
          }
          throw error;
        }
      }),
  };
}
