import { useEffect, useState } from 'preact/hooks';

/**
 * Accepts files that the user drops anywhere on the page or pastes into it.
 * @param enabled If false, ignores files, and still prevents the browser from opening a dropped file.
 * @returns Whether the user is dragging a file over the page and `enabled` is true.
 */
export function useDroppedFiles(onFile: (file: File) => void, enabled: boolean): boolean {
  const [over, setOver] = useState(false);
  useEffect(() => {
    const listeners = new AbortController();
    const options = { signal: listeners.signal };
    const take = (files: FileList | undefined) => {
      const [file] = (enabled && files) || [];
      if (file !== undefined) {
        onFile(file);
      }
      return file !== undefined;
    };
    addEventListener(
      'dragover',
      (event) => {
        if (event.dataTransfer?.types.includes('Files')) {
          event.preventDefault();
          if (!enabled) {
            event.dataTransfer.dropEffect = 'none';
          }
          setOver(true);
        }
      },
      options,
    );
    addEventListener(
      'dragleave',
      // Without a related target, the pointer has left the window, not only an element in it.
      (event) => event.relatedTarget === null && setOver(false),
      options,
    );
    addEventListener(
      'drop',
      (event) => {
        setOver(false);
        if (event.dataTransfer?.types.includes('Files')) {
          event.preventDefault();
          take(event.dataTransfer.files);
        }
      },
      options,
    );
    addEventListener(
      'paste',
      (event) => {
        // Office programs copy text together with a picture of it.
        const isText =
          isTextField(event.composedPath()[0]) && event.clipboardData?.types.includes('text/plain');
        if (!isText && take(event.clipboardData?.files)) {
          event.preventDefault();
        }
      },
      options,
    );
    return () => listeners.abort();
  }, [onFile, enabled]);
  return over && enabled;
}

function isTextField(target: EventTarget | undefined): boolean {
  return target instanceof HTMLInputElement && target.type === 'text';
}
