import { UploadBlock } from '../editor/upload-block.tsx';
import { useSay } from '../messages/use-say.ts';
import type { PortraitFragment } from '../client/generated/graphql.ts';

interface UploadBlockNoticeProps {
  readonly block: NonNullable<PortraitFragment['uploadBlock']>;
}

/** States that the user cannot upload, until when, and why. */
export function UploadBlockNotice({ block }: UploadBlockNoticeProps) {
  const say = useSay();
  return (
    <section class="card chooser" aria-labelledby="block-title">
      <h2 id="block-title">{say('uploadsBlocked')}</h2>
      <UploadBlock block={block} />
    </section>
  );
}
