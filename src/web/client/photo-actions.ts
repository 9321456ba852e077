import type { Fault } from '../editor/fault.ts';
import type { Language } from '../messages/language.ts';
import type { PhotoEdit } from '../photo/edit.ts';
import { type Photo, type PhotoRules, releasePhoto } from '../photo/photo.ts';
import { prepareUpload } from '../photo/prepare-upload.ts';
import { readPhoto } from '../photo/read-photo.ts';
import type { Progress } from '../shared/post.ts';
import type { Run } from './execute.ts';
import { toFault } from './faults.ts';
import { type PortraitFragment, UploadDocument } from './generated/graphql.ts';
import { loadPicture } from './load-picture.ts';
import type { Store } from './store.ts';

/** The photo that the user is editing or uploading. */
export interface PhotoState {
  readonly choice: Photo | undefined;
  /** Whether the browser is decoding a chosen file, which can take seconds. */
  readonly preparing: boolean;
  /** Progress of the current upload, or `preparing` before its first byte. Undefined if there is none. */
  readonly sending: Progress | 'preparing' | undefined;
  /** Reason why the file was not accepted or the upload failed. */
  readonly uploadFault: Fault | undefined;
  /** Result of a canceled upload. */
  readonly canceled: string | undefined;
}

/** Maximum time in milliseconds to wait for the result of a canceled upload. */
const MAX_CHECK_MS = 5000;

export const INITIAL_PHOTO_STATE: PhotoState = {
  choice: undefined,
  preparing: false,
  sending: undefined,
  uploadFault: undefined,
  canceled: undefined,
};

/** The user's actions for a photo. None of them rejects. Failures become a fault in the state. */
export interface PhotoActions {
  /** Selects the file if it passes the checks. Otherwise keeps the previous choice. */
  choose(file: File, rules: PhotoRules): Promise<void>;
  /** Uploads the choice. @param edit If undefined, the server chooses the square. */
  send(edit: PhotoEdit | undefined, altText: string): Promise<void>;
  /**
   * Cancels the upload and keeps the choice. If the upload has already succeeded, shows the new picture. A second call
   * does not wait for the server to confirm that.
   */
  cancel(): void;
  /** Discards the choice, also one that is not read completely. */
  discard(): void;
}

interface Settings {
  readonly run: Run;
  /** Returns the current language, which can change. */
  readonly language: () => Language;
  /** Loads the user as the server knows it now. */
  readonly loadUser: (signal: AbortSignal) => Promise<PortraitFragment | null>;
  /** Returns the id of the user's current picture. */
  readonly pictureId: () => string | undefined;
  readonly onUploaded: (viewer: PortraitFragment, message: string) => void;
  readonly onPreparing: () => void;
  readonly onFault: (error: unknown, fault: Fault) => void;
}

/** Creates the actions that read, upload and discard a photo. */
export function createPhotoActions(
  { get, set }: Store<PhotoState>,
  { run, language, loadUser, pictureId, onUploaded, onPreparing, onFault }: Settings,
): PhotoActions {
  let upload: AbortController | undefined;
  /** Stops waiting for the result of a canceled upload. */
  let check: AbortController | undefined;
  /** Aborts the latest `choose` call. */
  let reading: AbortController | undefined;

  function fail(error: unknown): void {
    const fault = toFault(error, language());
    set({ uploadFault: fault, preparing: false });
    onFault(error, fault);
  }

  function discard(): void {
    reading?.abort();
    const { choice } = get();
    if (choice !== undefined) {
      releasePhoto(choice);
    }
    set({ choice: undefined, preparing: false, uploadFault: undefined, canceled: undefined });
  }

  function showUploaded(viewer: PortraitFragment, message: string): void {
    discard();
    onUploaded(viewer, message);
  }

  /** Checks the result of a canceled upload. The server may have saved the picture before the request was aborted. */
  async function checkCanceledUpload(): Promise<void> {
    let canceled = language().say('uploadCanceled');
    check = new AbortController();
    try {
      const viewer = await loadUser(AbortSignal.any([check.signal, AbortSignal.timeout(MAX_CHECK_MS)]));
      if (viewer?.profilePicture && viewer.profilePicture.id !== pictureId()) {
        showUploaded(viewer, language().say('cancelTooLate'));
        return;
      }
    } catch {
      canceled = language().say('uploadCanceledUnknown');
    } finally {
      check = undefined;
    }
    set({ canceled });
  }

  return {
    async choose(file, rules) {
      if (get().sending) {
        return;
      }
      reading?.abort();
      reading = new AbortController();
      const { signal } = reading;
      const prepare = () => {
        set({ preparing: true });
        onPreparing();
      };
      try {
        const choice = await readPhoto(file, rules, { signal, onPreparing: prepare });
        if (signal.aborted) {
          releasePhoto(choice);
        } else {
          discard();
          set({ choice });
        }
      } catch (error) {
        if (!signal.aborted) {
          fail(error);
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
      set({ preparing: false, sending: 'preparing', uploadFault: undefined, canceled: undefined });
      try {
        const { signal } = upload;
        const { file, crop } = await prepareUpload(choice, edit ?? {}, { signal });
        set({ sending: { sentBytes: 0, totalBytes: file.size } });
        const variables = { file, ...(crop && { crop }), ...(altText !== '' && { altText }) };
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
          fail(error);
        }
      } finally {
        set({ sending: undefined });
      }
    },

    cancel() {
      check?.abort();
      upload?.abort();
    },
    discard,
  };
}
