import { useState } from 'preact/hooks';
import { useSay } from '../messages/use-say.ts';

interface CopyButtonProps {
  /** Label of the copied text, such as `URL` for the button `Copy URL`. */
  readonly label: string;
  readonly text: string;
}

/** Copies the text shown next to the button. If the browser forbids that, users can select the text themselves. */
export function CopyButton({ label, text }: CopyButtonProps) {
  const say = useSay();
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
        {say('copy', { label })}
      </button>
      <span role="status" class="soft">
        {failed ? say('copyFailed') : copied === text ? say('copied') : ''}
      </span>
    </span>
  );
}
