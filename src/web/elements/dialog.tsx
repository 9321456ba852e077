import { render } from 'preact';
import { execute, type Run } from '../client/execute.ts';
import { toFault } from '../client/faults.ts';
import { PageDocument, PageOfDocument } from '../client/generated/graphql.ts';
import { createPhotoActions, INITIAL_PHOTO_STATE } from '../client/photo-actions.ts';
import { createPictureActions, INITIAL_PICTURE_STATE } from '../client/picture-actions.ts';
import type { Fault } from '../editor/fault.ts';
import type { UploadBlockFacts } from '../editor/upload-block.tsx';
import { createLanguage, type Language } from '../messages/language.ts';
import { adoptStyles, styleSheet } from './adopt-styles.ts';
import { Content } from './content.tsx';
import type { Dialog, DialogHost, EditorData } from './dialog-module.ts';
import type { DialogState } from './dialog-state.ts';
import { DIALOG_STYLES, SCROLL_LOCK } from './dialog-styles.ts';
import { errorCode } from './error-code.ts';

/** Creates the dialog of an editor, which is closed at first. */
export function createDialog(host: DialogHost): Dialog {
  const container = document.createElement('div');
  // The styles of the page show the parts that need a script.
  container.className = 'scripted';
  adoptStyles(host.root, DIALOG_STYLES);
  host.root.append(container);
  let state: DialogState = {
    ...INITIAL_PICTURE_STATE,
    ...INITIAL_PHOTO_STATE,
    rules: undefined,
    panel: undefined,
  };
  let language = languageOf(host);
  /** Number of calls of `open` and `close`. A later call replaces an earlier one that is still loading. */
  let calls = 0;
  const store = { get: () => state, set };
  const run: Run = (document, variables, options) => {
    const userId = host.userId();
    const forUser = userId === undefined ? variables : { ...variables, userId };
    return execute(document, forUser, { connection: host.connection(), ...options });
  };
  const query = (): Promise<EditorData> => {
    const userId = host.userId();
    return userId === undefined ? run(PageDocument, {}) : run(PageOfDocument, { userId });
  };
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
    loadUser: async () => (await query()).viewer,
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
    return host.userId() === undefined ? (viewer?.uploadBlock ?? undefined) : undefined;
  }

  function draw(): void {
    render(
      <Content
        state={state}
        language={language}
        block={blockOf(state.viewer)}
        photos={photos}
        pictures={pictures}
        onChoose={choose}
        onClose={close}
      />,
      container,
    );
  }

  /** Reports a fault to the page. If the page does not show it, the dialog opens and shows it. */
  function reportFault(error: unknown, { message }: Fault): void {
    const isUnhandled = host.dispatch('portrait-error', { code: errorCode(error), message });
    if (isUnhandled && !isOpen(state)) {
      set({ panel: 'ready' });
    }
  }

  /** Loads the user and the rules. @returns undefined if that failed. */
  async function load(): Promise<EditorData | undefined> {
    try {
      const data = host.data() ?? (await query());
      set({ viewer: data.viewer, rules: data.uploadRules });
      return data;
    } catch (error) {
      const fault = toFault(error, language);
      set({ uploadFault: fault });
      reportFault(error, fault);
      return undefined;
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
    // Escape has closed the dialog, but its event has not arrived yet. Later, the event would close what opens now.
    if (isOpen(state) && container.querySelector('dialog')?.open === false) {
      close();
    }
    calls += 1;
    const call = calls;
    if (file === undefined) {
      set({ panel: 'loading', done: undefined, uploadFault: undefined, pictureFault: undefined });
    }
    const data = await load();
    if (call !== calls) {
      return;
    }
    if (file === undefined || data?.viewer === null || blockOf(state.viewer) !== undefined) {
      set({ panel: 'ready' });
    } else if (data !== undefined) {
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

/** Keeps the page behind the dialog from scrolling. */
function lockScrolling(isLocked: boolean): void {
  const lock = styleSheet(SCROLL_LOCK);
  const others = document.adoptedStyleSheets.filter((sheet) => sheet !== lock);
  document.adoptedStyleSheets = isLocked ? [...others, lock] : others;
}
