import { useState } from 'preact/hooks';

interface CopyButtonProps {
  /** What is copied, for its name: `Copy the URL`. */
  readonly what: string;
  readonly text: string;
}

/** Copies a text that stands beside it; where the browser forbids that, people can still select it there. */
export function CopyButton({ what, text }: CopyButtonProps) {
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
        Copy the {what}
      </button>
      <span role="status" class="soft">
        {failed ? 'Please select and copy it by hand.' : copied === text ? 'Copied' : ''}
      </span>
    </span>
  );
}
