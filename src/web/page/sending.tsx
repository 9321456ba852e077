import { useEffect, useRef } from 'preact/hooks';
import { formatBytes } from '../shared/format-bytes.ts';
import type { Progress } from '../shared/post.ts';

interface SendingProps {
  readonly progress: Progress;
  readonly onCancel: () => void;
}

/** Shows how many bytes of an upload the browser has sent, then that the server is processing the picture. */
export function Sending({ progress: { sentBytes, totalBytes }, onCancel }: SendingProps) {
  const cancel = useRef<HTMLButtonElement>(null);
  useEffect(() => cancel.current?.focus(), []);
  const allSent = sentBytes >= totalBytes;
  return (
    <div class="sending">
      <label for="progress">
        {allSent ? 'Processing…' : `${formatBytes(sentBytes)} of ${formatBytes(totalBytes)} uploaded`}
      </label>
      <progress id="progress" max={totalBytes} {...(!allSent && { value: sentBytes })} />
      <button ref={cancel} type="button" onClick={onCancel}>
        Cancel upload
      </button>
      <p role="status" class="visually-hidden">
        {allSent ? 'Upload complete. Processing your picture.' : 'Uploading your picture.'}
      </p>
    </div>
  );
}
