import { useSay } from '../messages/use-say.ts';
import type { PortraitFragment } from '../client/generated/graphql.ts';
import { useReaderTime } from './timestamp.tsx';

interface UploadBlockNoticeProps {
  readonly block: NonNullable<PortraitFragment['uploadBlock']>;
}

/** States that the user cannot upload, until when, and why. */
export function UploadBlockNotice({ block: { until, reason } }: UploadBlockNoticeProps) {
  const say = useSay();
  const time = useReaderTime(until ?? '');
  return (
    <section class="card chooser" aria-labelledby="block-title">
      <h2 id="block-title">{say('uploadsBlocked')}</h2>
      {reason !== null && <p>{say('blockReason', { reason })}</p>}
      <p>{until === null ? say('blockedWithoutEnd') : say('blockedUntil', { time })}</p>
    </section>
  );
}
