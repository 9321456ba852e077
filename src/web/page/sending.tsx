import { useEffect, useRef } from 'preact/hooks';
import { formatBytes } from '../shared/format-bytes.ts';
import type { Progress } from '../shared/post.ts';

interface SendingProps {
  readonly progress: Progress;
  readonly onCancel: () => void;
}

/** An upload on its way. The bytes are what the browser has handed to the network; then the server does its work. */
export function Sending({ progress: { sentBytes, totalBytes }, onCancel }: SendingProps) {
  const cancel = useRef<HTMLButtonElement>(null);
  useEffect(() => cancel.current?.focus(), []);
  const arrived = sentBytes >= totalBytes;
  return (
    <div class="sending">
      <label for="progress">
        {arrived ? 'Processing …' : `${formatBytes(sentBytes)} of ${formatBytes(totalBytes)} sent`}
      </label>
      <progress id="progress" max={totalBytes} {...(!arrived && { value: sentBytes })} />
      <button ref={cancel} type="button" onClick={onCancel}>
        Cancel the upload
      </button>
      <p role="status" class="visually-hidden">
        {arrived ? 'The picture was sent. The server is processing it.' : 'The picture is being sent.'}
      </p>
    </div>
  );
}
