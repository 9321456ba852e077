import { useEffect, useState } from 'preact/hooks';

/**
 * Takes files that are dropped anywhere on the page or pasted into it.
 * @param enabled else it takes none, and lets the browser open none in the page's place.
 * @returns whether one is held above the page that would be taken.
 */
export function usePageFiles(onFile: (file: File) => void, enabled: boolean): boolean {
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
      // Without a related target the pointer has left the window, not just one element of it.
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
        // Office programs put a picture of the text beside it.
        const isText = isTextField(event.target) && event.clipboardData?.types.includes('text/plain');
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

function isTextField(target: EventTarget | null): boolean {
  return target instanceof HTMLInputElement && target.type === 'text';
}
