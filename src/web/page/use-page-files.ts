import { useEffect, useState } from 'preact/hooks';

/**
 * Takes files that are dropped anywhere on the page or pasted into it.
 * @returns whether one is held above the page.
 */
export function usePageFiles(onFile: (file: File) => void): boolean {
  const [over, setOver] = useState(false);
  useEffect(() => {
    const listeners = new AbortController();
    const options = { signal: listeners.signal };
    const take = (files: FileList | undefined) => {
      const [file] = files ?? [];
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
        if (take(event.clipboardData?.files)) {
          event.preventDefault();
        }
      },
      options,
    );
    return () => listeners.abort();
  }, [onFile]);
  return over;
}
