import type { ComponentChildren } from 'preact';

interface CodeBoxProps {
  /** Names the code, also for the copy button, such as `URL`. Unique on the page. */
  readonly label: string;
  readonly code: string;
  /** Links beside the copy button. */
  readonly children?: ComponentChildren;
}

/** Shows code in a box that scrolls, so that no line breaks, with a button that copies it. */
export function CodeBox({ label, code, children }: CodeBoxProps) {
  return (
    <div class="code">
      <h3>{label}</h3>
      <div class="code-actions">
        <span role="status" class="soft" />
        {children}
        <button type="button" class="small needs-script" aria-label={`Copy ${label}`} data-copy>
          Copy
        </button>
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset groups fields, and this is text. */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard scrolls only what has the focus. */}
      <pre role="group" aria-label={label} tabIndex={0}>
        <code>{code}</code>
      </pre>
    </div>
  );
}
