import { useSay } from '../messages/use-say.ts';
import { useReaderTime } from './use-reader-time.ts';

export interface UploadBlockFacts {
  /** ISO 8601 in UTC. Null if the block has no end. */
  readonly until: string | null;
  readonly reason: string | null;
}

interface UploadBlockProps {
  readonly block: UploadBlockFacts;
}

/** States until when the user cannot upload, and why. */
export function UploadBlock({ block: { until, reason } }: UploadBlockProps) {
  const say = useSay();
  const time = useReaderTime(until ?? '');
  return (
    <>
      {reason !== null && <p>{say('blockReason', { reason })}</p>}
      <p>{until === null ? say('blockedWithoutEnd') : say('blockedUntil', { time })}</p>
    </>
  );
}
