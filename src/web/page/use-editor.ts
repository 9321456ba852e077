import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import type { PortraitFragment } from '../client/generated/graphql.ts';
import type { PictureActions } from '../client/picture-actions.ts';
import type { EditorData } from '../elements/dialog-module.ts';
import type { PortraitEditor } from '../elements/portrait.d.ts';
import type { SetState } from './use-portrait.ts';

/** The page has the editor's data already, so the editor needs no request for it. */
type EditorElement = PortraitEditor & { data?: EditorData };

/**
 * Connects the page with its editor.
 * @returns the reference for the element, and the function that opens a file in it.
 */
export function useEditor(
  data: EditorData,
  { showUploaded }: PictureActions,
  setState: SetState,
): readonly [RefObject<EditorElement | null>, (file: File) => void] {
  const editor = useRef<EditorElement>(null);
  // Preact sets no properties while it takes over the server's markup.
  useLayoutEffect(() => {
    if (editor.current) {
      editor.current.data = data;
    }
  });
  useEffect(() => {
    const listeners = new AbortController();
    const options = { signal: listeners.signal };
    const element = editor.current;
    let isOpen = false;
    element?.addEventListener('portrait-preparing', () => setState({ preparing: true }), options);
    element?.addEventListener(
      'portrait-open',
      () => {
        isOpen = true;
        setState({ editing: true, preparing: false, uploadFault: undefined, done: undefined });
      },
      options,
    );
    element?.addEventListener(
      'portrait-close',
      () => {
        isOpen = false;
        setState({ editing: false });
      },
      options,
    );
    element?.addEventListener(
      'portrait-change',
      ({ detail: { user, message } }) => showUploaded(user as PortraitFragment, message),
      options,
    );
    element?.addEventListener(
      'portrait-error',
      (event) => {
        // An open dialog shows its faults itself.
        if (!isOpen) {
          event.preventDefault();
          const { message } = event.detail;
          setState({ preparing: false, uploadFault: { concern: 'file', message, canRetry: false } });
        }
      },
      options,
    );
    return () => listeners.abort();
  }, []);
  return [editor, (file) => void editor.current?.open(file)];
}
