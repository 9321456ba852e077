import type { PictureActions } from '../client/picture-actions.ts';
import { FaultMessage } from '../editor/fault-message.tsx';
import { useSay } from '../messages/use-say.ts';
import { type Picture as PictureData, PORTRAIT_EDGE } from '../client/picture.ts';
import { AltTextForm } from './alt-text-form.tsx';
import { type PortraitFragment, RemoveDocument, RestoreDocument } from '../client/generated/graphql.ts';
import { OperationForm } from './operation-form.tsx';
import { Picture } from './picture.tsx';
import type { State } from './state.ts';
import { Timestamp } from './timestamp.tsx';

interface PortraitCardProps {
  readonly viewer: PortraitFragment;
  readonly state: State;
  readonly actions: PictureActions;
  readonly endpoint: string;
  readonly maxAltTextLength: number;
}

/** Shows the current picture or the user's initials, and the actions for the picture. */
export function PortraitCard({ viewer, state, actions, endpoint, maxAltTextLength }: PortraitCardProps) {
  const say = useSay();
  const { profilePicture: picture, avatarUrl, name, id } = viewer;
  const { changing, pictureFault } = state;
  const canRestore = viewer.previousPicture !== null && viewer.uploadBlock === null;
  return (
    <section class="card portrait" aria-labelledby="portrait-title" aria-busy={changing}>
      {picture ? (
        <Picture
          userId={id}
          picture={picture}
          edge={PORTRAIT_EDGE}
          alt={picture.altText ?? say('yourPicture')}
        />
      ) : (
        <portrait-avatar key="initials" class="picture loaded" user-id={id} size={PORTRAIT_EDGE}>
          <img src={avatarUrl} width={PORTRAIT_EDGE} height={PORTRAIT_EDGE} alt={say('yourInitials')} />
        </portrait-avatar>
      )}
      <div class="portrait-data">
        <p class="soft">{name ?? id}</p>
        <h1 id="portrait-title" tabIndex={-1}>
          {say(picture ? 'yourPicture' : 'noPicture')}
        </h1>
        {picture ? (
          <>
            <Facts picture={picture} />
            <AltTextForm
              key={picture.id}
              picture={picture}
              maxLength={maxAltTextLength}
              state={state}
              onSave={actions.describe}
            />
          </>
        ) : (
          <p>{say('initialsShown')}</p>
        )}
        {(picture || canRestore) && (
          <div class="row">
            {canRestore && (
              <OperationForm
                document={RestoreDocument}
                endpoint={endpoint}
                disabled={changing}
                onSubmit={actions.restore}
              >
                {say('restorePrevious')}
              </OperationForm>
            )}
            {picture && (
              <OperationForm
                document={RemoveDocument}
                endpoint={endpoint}
                disabled={changing}
                onSubmit={actions.remove}
              >
                {say('removePicture')}
              </OperationForm>
            )}
          </div>
        )}
        <FaultMessage fault={pictureFault} about={['action', 'file', 'crop']} />
      </div>
    </section>
  );
}

function Facts({ picture: { fileName, width, height, uploadedAt } }: { readonly picture: PictureData }) {
  const say = useSay();
  return (
    <dl class="facts">
      <div>
        <dt>{say('file')}</dt>
        <dd>{fileName}</dd>
      </div>
      <div>
        <dt>{say('original')}</dt>
        <dd>{say('pixels', { width, height })}</dd>
      </div>
      <div>
        <dt>{say('uploaded')}</dt>
        <dd>
          <Timestamp at={uploadedAt} />
        </dd>
      </div>
    </dl>
  );
}
