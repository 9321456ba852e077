import { useMemo, useRef, useState } from 'preact/hooks';
import { releasePhoto } from '../photo/photo.ts';
import { prepareUpload } from '../photo/prepare-upload.ts';
import { readPhoto } from '../photo/read-photo.ts';
import type { GraphQLRequest } from '../shared/encode-request.ts';
import type { Progress } from '../shared/post.ts';
import type { Choice, UploadRules } from './check-file.ts';
import { type ExecuteOptions, execute, requestOf } from './execute.ts';
import { type Fault, toFault } from './faults.ts';
import {
  type CropInput,
  DescribeDocument,
  PageDocument,
  type PageQuery,
  type PortraitFragment,
  RemoveDocument,
  RestoreDocument,
  type TypedDocumentString,
  UploadDocument,
} from './generated/graphql.ts';

/** Edge length of the large picture in CSS pixels. */
export const PORTRAIT_EDGE = 224;

/** Maximum time in milliseconds to wait for a new picture to load before the page shows its placeholder. */
const MAX_LOAD_MS = 5000;

export type Picture = NonNullable<PortraitFragment['profilePicture']>;

/** The state of the page. */
export interface State {
  readonly viewer: PortraitFragment | null;
  /** The file that the user is editing or uploading. */
  readonly choice: Choice | undefined;
  /** Whether the browser is decoding a large photo or a HEIC that the user chose. */
  readonly preparing: boolean;
  /** Progress of the current upload. Undefined if there is none. */
  readonly sending: Progress | undefined;
  /** Whether a change of the current picture is in progress. */
  readonly changing: boolean;
  /** Reason why the file was not accepted or the upload failed. */
  readonly uploadFault: Fault | undefined;
  /** Reason why the change of the current picture failed. */
  readonly pictureFault: Fault | undefined;
  /** Result of the last action. */
  readonly done: Done | undefined;
  readonly lastRequest: GraphQLRequest | undefined;
}

export interface Done {
  readonly message: string;
  readonly canUndo: boolean;
}

/** The user's actions. None of them rejects. Failures become a fault in the state. */
export interface Actions {
  /** Makes the file the choice if it passes the checks. Otherwise keeps the previous choice. */
  choose(file: File): Promise<void>;
  /** Uploads the choice. @param crop If undefined, the server chooses the square. */
  send(crop: CropInput | undefined, altText: string): Promise<void>;
  /** Cancels the upload and keeps the choice. If the upload has already succeeded, shows the new picture. */
  cancel(): void;
  /** Discards the choice. */
  discard(): void;
  describe(altText: string): Promise<void>;
  remove(): Promise<void>;
  restore(): Promise<void>;
}

interface Settings {
  readonly data: PageQuery;
  readonly endpoint: string;
}

/** Returns the state of the page and the actions that change it. */
export function usePortrait({ data, endpoint }: Settings): readonly [State, Actions] {
  const [state, setState] = useState<State>({
    viewer: data.viewer,
    choice: undefined,
    preparing: false,
    sending: undefined,
    changing: false,
    uploadFault: undefined,
    pictureFault: undefined,
    done: undefined,
    lastRequest: undefined,
  });
  const current = useRef(state);
  const actions = useMemo(() => {
    const store: Store = {
      get: () => current.current,
      set(change) {
        current.current = { ...current.current, ...change };
        setState(current.current);
      },
    };
    return createActions(store, endpoint, data.uploadRules);
  }, []);
  return [state, actions];
}

interface Store {
  get(): State;
  set(change: Partial<State>): void;
}

function createActions({ get, set }: Store, endpoint: string, rules: UploadRules): Actions {
  let upload: AbortController | undefined;
  /** Aborts the latest `choose` call. */
  let reading: AbortController | undefined;

  function run<Data, Variables extends object>(
    document: TypedDocumentString<Data, Variables>,
    variables: Variables,
    options: Omit<ExecuteOptions, 'endpoint'> = {},
  ): Promise<Data> {
    set({ lastRequest: requestOf(document, variables) });
    return execute(document, variables, { endpoint, ...options });
  }

  async function change(operation: () => Promise<PortraitFragment>, done: Done): Promise<void> {
    if (get().changing) {
      return;
    }
    set({ changing: true, pictureFault: undefined });
    try {
      set({ viewer: await operation(), done });
    } catch (error) {
      set({ pictureFault: toFault(error), done: undefined });
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

  function showUploaded(viewer: PortraitFragment, message: string): void {
    const canUndo = get().viewer?.profilePicture != null;
    discard();
    set({ viewer, done: { message, canUndo } });
  }

  /** Checks the result of a canceled upload. The server may have saved the picture before the request was aborted. */
  async function checkCanceledUpload(): Promise<void> {
    const previousId = get().viewer?.profilePicture?.id;
    let message = 'Upload canceled.';
    try {
      const { viewer } = await execute(PageDocument, {}, { endpoint });
      if (viewer?.profilePicture && viewer.profilePicture.id !== previousId) {
        showUploaded(viewer, 'It was too late to cancel. Your profile picture was updated.');
        return;
      }
    } catch {
      message += ' If the picture was already saved, it appears when you reload the page.';
    }
    set({ done: { message, canUndo: false } });
  }

  return {
    async choose(file) {
      if (get().viewer === null || get().sending) {
        return;
      }
      reading?.abort();
      reading = new AbortController();
      const { signal } = reading;
      try {
        const choice = await readPhoto(file, rules, { signal, onPreparing: () => set({ preparing: true }) });
        if (signal.aborted || get().sending) {
          releasePhoto(choice);
        } else {
          discard();
          set({ choice, preparing: false });
        }
      } catch (error) {
        if (!signal.aborted) {
          set({ uploadFault: toFault(error), preparing: false });
        }
      }
    },

    async send(crop, altText) {
      const { choice, sending } = get();
      if (choice === undefined || sending !== undefined) {
        return;
      }
      upload = new AbortController();
      set({
        sending: { sentBytes: 0, totalBytes: choice.file.size },
        uploadFault: undefined,
        pictureFault: undefined,
        done: undefined,
      });
      try {
        const { signal } = upload;
        const prepared = await prepareUpload(choice, { crop }, { signal });
        const variables = {
          file: prepared.file,
          ...(prepared.crop && { crop: prepared.crop }),
          ...(altText !== '' && { altText }),
        };
        const { uploadProfilePicture } = await run(UploadDocument, variables, {
          signal,
          onProgress: (progress) => set({ sending: progress }),
        });
        await load(uploadProfilePicture.profilePicture, signal);
        showUploaded(uploadProfilePicture, 'Profile picture updated.');
      } catch (error) {
        if (upload.signal.aborted) {
          await checkCanceledUpload();
        } else {
          set({ uploadFault: toFault(error) });
        }
      } finally {
        set({ sending: undefined });
      }
    },

    cancel: () => upload?.abort(),
    discard,

    describe: (altText) =>
      change(async () => (await run(DescribeDocument, { altText })).updateProfilePicture, {
        message: 'Description saved.',
        canUndo: false,
      }),
    remove: () =>
      change(async () => (await run(RemoveDocument, {})).removeProfilePicture, {
        message: 'Profile picture removed.',
        canUndo: true,
      }),
    restore: () =>
      change(async () => (await run(RestoreDocument, {})).restoreProfilePicture, {
        message: 'Previous picture restored.',
        canUndo: false,
      }),
  };
}

/**
 * Waits until the browser has loaded a picture, so that the previous picture stays visible. Stops waiting after a few
 * seconds or when the signal is aborted. Ignores load errors, which `Picture` shows.
 */
async function load(picture: Picture | null, signal: AbortSignal): Promise<void> {
  if (picture !== null) {
    const image = new Image();
    image.srcset = picture.srcSet;
    image.sizes = `${PORTRAIT_EDGE}px`;
    await new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve());
      setTimeout(resolve, MAX_LOAD_MS);
      image.decode().then(resolve, () => resolve());
    });
  }
}
