import { useEffect, useRef } from 'preact/hooks';
import { useLanguage } from '../messages/use-language.ts';
import type { Progress } from '../shared/post.ts';

interface SendingProps {
  /** Bytes that the browser has sent. Undefined while it prepares the picture. */
  readonly progress: Progress | undefined;
  readonly onCancel: () => void;
}

/** Shows how much of an upload the browser has sent, then that the server is processing the picture. */
export function Sending({ progress, onCancel }: SendingProps) {
  const { say, formatBytes } = useLanguage();
  const cancel = useRef<HTMLButtonElement>(null);
  useEffect(() => cancel.current?.focus(), []);
  const { sentBytes, totalBytes } = progress ?? { sentBytes: 0, totalBytes: 1 };
  const allSent = sentBytes >= totalBytes;
  const isMeasured = progress !== undefined && !allSent;
  const label = isMeasured
    ? say('sent', { sent: formatBytes(sentBytes), total: formatBytes(totalBytes) })
    : say(allSent ? 'processing' : 'preparing');
  const status = isMeasured ? say('uploading') : say(allSent ? 'uploadComplete' : 'preparing');
  return (
    <div class="sending">
      <label for="progress">{label}</label>
      <progress id="progress" max={totalBytes} {...(isMeasured && { value: sentBytes })} />
      <button ref={cancel} type="button" onClick={onCancel}>
        {say('cancelUpload')}
      </button>
      <p role="status" class="visually-hidden">
        {status}
      </p>
    </div>
  );
}
