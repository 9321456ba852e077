import { render } from 'preact';
import { type ExecuteOptions, execute, type Run } from '../client/execute.ts';
import { toFault } from '../client/faults.ts';
import { PageDocument, PageOfDocument } from '../client/generated/graphql.ts';
import { createPhotoActions, INITIAL_PHOTO_STATE } from '../client/photo-actions.ts';
import { createPictureActions, INITIAL_PICTURE_STATE } from '../client/picture-actions.ts';
import type { Fault } from '../editor/fault.ts';
import type { UploadBlockFacts } from '../editor/upload-block.tsx';
import { createLanguage, type Language } from '../messages/language.ts';
import { adoptStyles } from './adopt-styles.ts';
import { Content } from './content.tsx';
import type { Dialog, DialogHost, EditorData } from './dialog-module.ts';
import type { DialogState } from './dialog-state.ts';
import { dialogStyles } from './dialog-styles.ts';
import { errorCode } from './error-code.ts';
import { createScrollLock } from './scroll-lock.ts';

/** Font size in pixels of browsers whose reader has set no other. */
const DEFAULT_FONT_SIZE = 16;

/** Creates the dialog of an editor, which is closed at first. */
export function createDialog(host: DialogHost): Dialog {
  const container = document.createElement('div');
  // The styles of the page show the parts that need a script.
  container.className = 'scripted';
  // The page cannot see that the user types into a field, so its shortcuts would react.
  for (const type of ['keydown', 'keypress', 'keyup']) {
    container.addEventListener(type, (event) => event.stopPropagation());
  }
  host.root.append(container);
  adoptStyles(host.root, dialogStyles(readerFontSize(container)));
  const lockScrolling = createScrollLock();
  let state: DialogState = {
    ...INITIAL_PICTURE_STATE,
    ...INITIAL_PHOTO_STATE,
    rules: undefined,
    panel: undefined,
  };
  let language = languageOf(host);
  /** Number of calls of `open` and `close`. A later call replaces an earlier one that is still loading. */
  let calls = 0;
  /** The other user of the latest `open`. The page can change `user-id` while the dialog shows this user's picture. */
  let userId = host.userId();
  const store = { get: () => state, set };
  const run: Run = (document, variables, options) => {
    const forUser = userId === undefined ? variables : { ...variables, userId };
    return execute(document, forUser, { connection: host.connection(), ...options });
  };
  const query = (options?: ExecuteOptions): Promise<EditorData> =>
    userId === undefined ? run(PageDocument, {}, options) : run(PageOfDocument, { userId }, options);
  const pictures = createPictureActions(store, {
    run,
    language: () => language,
    onChange(action, user, message) {
      set({ uploadFault: undefined });
      host.dispatch('portrait-change', { action, user, message });
    },
    onFault: (error, fault) => reportFault(error, fault),
  });
  const photos = createPhotoActions(store, {
    run,
    language: () => language,
    loadUser: async (signal) => (await query({ signal })).viewer,
    pictureId: () => state.viewer?.profilePicture?.id,
    onUploaded(viewer, message) {
      set({ panel: undefined });
      pictures.showUploaded(viewer, message);
    },
    onPreparing() {
      if (!isOpen(state)) {
        host.dispatch('portrait-preparing', null);
      }
    },
    onFault: reportFault,
  });

  function set(change: Partial<DialogState>): void {
    const wasOpen = isOpen(state);
    state = { ...state, ...change };
    draw();
    if (isOpen(state) !== wasOpen) {
      lockScrolling(!wasOpen);
      host.dispatch(wasOpen ? 'portrait-close' : 'portrait-open', null);
    }
  }

  /** Returns the block of the user. It does not apply to a client that acts for the user. */
  function blockOf(viewer: DialogState['viewer']): UploadBlockFacts | undefined {
    return userId === undefined ? (viewer?.uploadBlock ?? undefined) : undefined;
  }

  function draw(): void {
    render(
      <Content
        state={state}
        language={language}
        isOtherUser={userId !== undefined}
        block={blockOf(state.viewer)}
        photos={photos}
        pictures={pictures}
        onChoose={choose}
        onReload={() => void open()}
        onClose={close}
      />,
      container,
    );
  }

  /** Reports a fault to the page. If the page does not show it, the dialog opens and shows it, unless it is removed. */
  function reportFault(error: unknown, { message }: Fault): void {
    const isUnhandled = host.dispatch('portrait-error', { code: errorCode(error), message });
    if (isUnhandled && !isOpen(state) && host.root.isConnected) {
      set({ panel: 'ready' });
    }
  }

  /** Loads the user and the rules. @returns false if that failed, or if a later call has replaced this one. */
  async function load(isReplaced: () => boolean): Promise<boolean> {
    try {
      const { viewer, uploadRules } = host.data() ?? (await query());
      if (isReplaced()) {
        return false;
      }
      set({ viewer, rules: uploadRules });
      return true;
    } catch (error) {
      if (!isReplaced()) {
        const fault = toFault(error, language);
        set({ uploadFault: fault, ...(state.panel && { panel: 'ready' }) });
        reportFault(error, fault);
      }
      return false;
    }
  }

  async function choose(file: File): Promise<void> {
    if (state.rules !== undefined && state.viewer !== null && blockOf(state.viewer) === undefined) {
      await photos.choose(file, state.rules);
    }
  }

  async function open(file?: File): Promise<void> {
    if (state.sending !== undefined) {
      return;
    }
    calls += 1;
    const call = calls;
    if (userId !== host.userId()) {
      userId = host.userId();
      photos.discard();
      set({ viewer: null, panel: undefined });
    }
    if (file === undefined) {
      set({ panel: 'loading', done: undefined, uploadFault: undefined, pictureFault: undefined });
    }
    if (!(await load(() => call !== calls))) {
      return;
    }
    if (file === undefined || state.viewer === null || blockOf(state.viewer) !== undefined) {
      set({ panel: 'ready' });
    } else {
      await choose(file);
    }
  }

  function close(): void {
    calls += 1;
    photos.cancel();
    photos.discard();
    set({ panel: undefined });
  }

  return {
    open,
    close,
    translate() {
      language = languageOf(host);
      draw();
    },
  };
}

/** Returns the language of the host. If its locale is invalid, reports that to the console and uses English formats. */
function languageOf(host: DialogHost): Language {
  const { messages, locale } = host.language();
  try {
    return createLanguage({ messages, locale });
  } catch (error) {
    reportError(error);
    return createLanguage({ messages });
  }
}

function isOpen({ choice, panel }: DialogState): boolean {
  return choice !== undefined || panel !== undefined;
}

/** Returns the font size in pixels that the reader has set in the browser. The page cannot change it. */
function readerFontSize(container: HTMLElement): number {
  // `medium` is smaller in monospace fonts.
  container.style.font = 'medium sans-serif';
  // The style of a disconnected element is unknown.
  return Number.parseFloat(getComputedStyle(container).fontSize) || DEFAULT_FONT_SIZE;
}
