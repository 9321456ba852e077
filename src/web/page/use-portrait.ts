import { useMemo, useRef, useState } from 'preact/hooks';
import type { GraphQLRequest } from '../shared/encode-request.ts';
import type { Progress } from '../shared/post.ts';
import { type Choice, checkFile, type UploadRules } from './check-file.ts';
import { type ExecuteOptions, execute, requestOf } from './execute.ts';
import { type Fault, faultOf } from './faults.ts';
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

/** CSS pixels of the large picture's edge. */
export const PORTRAIT_EDGE = 224;

/** Milliseconds that a new picture is waited for before the page shows that it is loading. */
const MAX_LOAD_TIME = 5000;

export type Picture = NonNullable<PortraitFragment['profilePicture']>;

/** What the page shows. */
export interface State {
  readonly viewer: PortraitFragment | null;
  /** The file that is being prepared or sent. */
  readonly choice: Choice | undefined;
  /** Of the choice on its way; without it nothing is being sent. */
  readonly sending: Progress | undefined;
  /** A change of the present picture is under way. */
  readonly changing: boolean;
  /** Why the file or the choice cannot be used, or did not arrive. */
  readonly uploadFault: Fault | undefined;
  /** Why the present picture was not changed. */
  readonly pictureFault: Fault | undefined;
  /** What was done last, in a sentence. */
  readonly done: Done | undefined;
  readonly lastRequest: GraphQLRequest | undefined;
}

export interface Done {
  readonly message: string;
  readonly canUndo: boolean;
}

/** What people can do with it. None of these rejects: what fails is a fault in the state. */
export interface Actions {
  /** Takes a file if it keeps the rules; the choice before stays otherwise. */
  choose(file: File): Promise<void>;
  /** @param crop without it the server chooses the square. */
  send(crop: CropInput | undefined, altText: string): Promise<void>;
  /** Stops what is being sent, and the choice stays; if it is too late for that, the new picture is shown. */
  cancel(): void;
  /** Drops the choice. */
  discard(): void;
  describe(altText: string): Promise<void>;
  remove(): Promise<void>;
  restore(): Promise<void>;
}

interface Settings {
  readonly data: PageQuery;
  readonly endpoint: string;
}

/** The state of the page, and all that changes it. */
export function usePortrait({ data, endpoint }: Settings): readonly [State, Actions] {
  const [state, setState] = useState<State>({
    viewer: data.viewer,
    choice: undefined,
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
  /** Counts the files that were given to be checked: only the last one is of interest. */
  let given = 0;

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
      set({ pictureFault: faultOf(error), done: undefined });
    } finally {
      set({ changing: false });
    }
  }

  function discard(): void {
    release(get().choice);
    set({ choice: undefined, uploadFault: undefined, done: undefined });
  }

  function showNew(viewer: PortraitFragment, message: string): void {
    const canUndo = get().viewer?.profilePicture != null;
    discard();
    set({ viewer, done: { message, canUndo } });
  }

  /** Asks what became of an upload whose request was ended: the server may have finished it a moment before. */
  async function askAfterCancel(): Promise<void> {
    const former = get().viewer?.profilePicture?.id;
    let message = 'The upload was cancelled.';
    try {
      const { viewer } = await execute(PageDocument, {}, { endpoint });
      if (viewer?.profilePicture && viewer.profilePicture.id !== former) {
        showNew(viewer, 'It was too late to cancel: your new picture is there.');
        return;
      }
    } catch {
      message += ' If it had arrived already, you will see it when you reload the page.';
    }
    set({ done: { message, canUndo: false } });
  }

  return {
    async choose(file) {
      if (get().viewer === null || get().sending) {
        return;
      }
      given += 1;
      const turn = given;
      const checked = await checkFile(file, rules);
      if (turn !== given || get().sending) {
        release(checked);
      } else if (typeof checked === 'string') {
        set({ uploadFault: { concern: 'file', message: checked, canRetry: false } });
      } else {
        discard();
        set({ choice: checked });
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
        const variables = {
          file: choice.file,
          ...(crop && { crop }),
          ...(altText !== '' && { altText }),
        };
        const { uploadProfilePicture } = await run(UploadDocument, variables, {
          signal: upload.signal,
          onProgress: (progress) => set({ sending: progress }),
        });
        await load(uploadProfilePicture.profilePicture, upload.signal);
        showNew(uploadProfilePicture, 'Your new picture is there.');
      } catch (error) {
        if (upload.signal.aborted) {
          await askAfterCancel();
        } else {
          set({ uploadFault: faultOf(error) });
        }
      } finally {
        set({ sending: undefined });
      }
    },

    cancel: () => upload?.abort(),
    discard,

    describe: (altText) =>
      change(async () => (await run(DescribeDocument, { altText })).updateProfilePicture, {
        message: 'The description was saved.',
        canUndo: false,
      }),
    remove: () =>
      change(async () => (await run(RemoveDocument, {})).removeProfilePicture, {
        message: 'Your picture was removed.',
        canUndo: true,
      }),
    restore: () =>
      change(async () => (await run(RestoreDocument, {})).restoreProfilePicture, {
        message: 'Your earlier picture is back.',
        canUndo: false,
      }),
  };
}

function release(choice: Choice | string | undefined): void {
  if (typeof choice === 'object') {
    URL.revokeObjectURL(choice.url);
  }
}

/**
 * Until a picture can be shown whole, the one before it stays: for a few seconds, or until the signal is aborted.
 * That it cannot be loaded is said in its own place.
 */
async function load(picture: Picture | null, signal: AbortSignal): Promise<void> {
  if (picture !== null) {
    const image = new Image();
    image.srcset = picture.srcSet;
    image.sizes = `${PORTRAIT_EDGE}px`;
    await new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve());
      setTimeout(resolve, MAX_LOAD_TIME);
      image.decode().then(resolve, () => resolve());
    });
  }
}
