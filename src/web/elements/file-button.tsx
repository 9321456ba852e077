import type { ComponentChildren } from 'preact';

interface FileButtonProps {
  readonly class: string;
  /** Whether phones open the camera. */
  readonly camera?: boolean;
  /** Id of the text with the rules for files. */
  readonly describedBy: string;
  readonly onChoose: (file: File) => void;
  readonly children: ComponentChildren;
}

/** Files that the browser can convert. Some systems do not count HEIC among the pictures. */
const CONVERTIBLE = 'image/*,.heic,.heif';

/** A file input that looks like a button. */
export function FileButton({ class: name, camera, describedBy, onChoose, children }: FileButtonProps) {
  return (
    <label class={`button ${name}`}>
      <input
        type="file"
        accept={camera ? 'image/*' : CONVERTIBLE}
        capture={camera ? 'user' : undefined}
        aria-describedby={describedBy}
        onChange={({ currentTarget }) => {
          const [file] = currentTarget.files ?? [];
          // Without this, choosing the same file again fires no change event.
          currentTarget.value = '';
          if (file !== undefined) {
            onChoose(file);
          }
        }}
      />
      <span>{children}</span>
    </label>
  );
}
