import { useState } from 'preact/hooks';

interface CopyButtonProps {
  /** Label of the copied text, such as `URL` for the button `Copy URL`. */
  readonly label: string;
  readonly text: string;
}

/** Copies the text shown next to the button. If the browser forbids that, users can select the text themselves. */
export function CopyButton({ label, text }: CopyButtonProps) {
  const [copied, setCopied] = useState<string>();
  const [failed, setFailed] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(text);
      setFailed(false);
    } catch {
      setFailed(true);
    }
  };
  return (
    <span class="copy needs-script">
      <button type="button" class="small" onClick={copy}>
        Copy {label}
      </button>
      <span role="status" class="soft">
        {failed ? 'Copying failed. Select the text and copy it.' : copied === text ? 'Copied' : ''}
      </span>
    </span>
  );
}
