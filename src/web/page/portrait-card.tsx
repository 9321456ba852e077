import { useEffect, useState } from 'preact/hooks';
import { FaultMessage } from './fault-message.tsx';
import { type PortraitFragment, RemoveDocument, RestoreDocument } from './generated/graphql.ts';
import { OperationForm } from './operation-form.tsx';
import { Picture } from './picture.tsx';
import { type Actions, type Picture as PictureData, PORTRAIT_EDGE, type State } from './use-portrait.ts';

interface PortraitCardProps {
  readonly viewer: PortraitFragment;
  readonly state: State;
  readonly actions: Actions;
  readonly endpoint: string;
  readonly maxAltTextLength: number;
}

/** Shows the current picture or the user's initials, and the actions for the picture. */
export function PortraitCard({ viewer, state, actions, endpoint, maxAltTextLength }: PortraitCardProps) {
  const { profilePicture: picture, avatarUrl, name, id } = viewer;
  const { changing, pictureFault } = state;
  return (
    <section class="card portrait" aria-labelledby="portrait-title" aria-busy={changing}>
      {picture ? (
        <Picture picture={picture} edge={PORTRAIT_EDGE} alt={picture.altText ?? 'Your profile picture'} />
      ) : (
        <span class="picture loaded">
          <img src={avatarUrl} width={PORTRAIT_EDGE} height={PORTRAIT_EDGE} alt="Your initials" />
        </span>
      )}
      <div class="portrait-data">
        <p class="soft">{name ?? id}</p>
        <h1 id="portrait-title" tabIndex={-1}>
          {picture ? 'Your profile picture' : 'No profile picture'}
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
            <OperationForm
              document={RemoveDocument}
              endpoint={endpoint}
              disabled={changing}
              onSubmit={actions.remove}
            >
              Remove picture
            </OperationForm>
          </>
        ) : (
          <>
            <p>People see your initials until you upload a picture.</p>
            <OperationForm
              document={RestoreDocument}
              endpoint={endpoint}
              disabled={changing}
              quiet
              onSubmit={actions.restore}
            >
              Restore previous picture
            </OperationForm>
          </>
        )}
        <FaultMessage fault={pictureFault} about={['action', 'file', 'crop']} />
      </div>
    </section>
  );
}

function Facts({ picture: { fileName, width, height, uploadedAt } }: { readonly picture: PictureData }) {
  return (
    <dl class="facts">
      <div>
        <dt>File</dt>
        <dd>{fileName}</dd>
      </div>
      <div>
        <dt>Original</dt>
        <dd>
          {width} × {height} pixels
        </dd>
      </div>
      <div>
        <dt>Uploaded</dt>
        <dd>
          <Timestamp at={uploadedAt} />
        </dd>
      </div>
    </dl>
  );
}

/** Shows a time in the user's time zone. The server does not know that zone and renders UTC. */
function Timestamp({ at }: { readonly at: string }) {
  const [timeZone, setTimeZone] = useState<string | undefined>('UTC');
  useEffect(() => setTimeZone(undefined), []);
  const format = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeStyle: 'short', timeZone });
  return (
    <time dateTime={at}>
      {format.format(new Date(at))}
      {timeZone && ` ${timeZone}`}
    </time>
  );
}

interface AltTextFormProps {
  readonly picture: PictureData;
  readonly maxLength: number;
  readonly state: State;
  readonly onSave: (altText: string) => Promise<void>;
}

/** Edits the description. Needs the page's script, because a plain form cannot send text as a variable. */
function AltTextForm({ picture, maxLength, state, onSave }: AltTextFormProps) {
  const saved = picture.altText ?? '';
  const [altText, setAltText] = useState(saved);
  const { changing, pictureFault } = state;
  return (
    <form
      class="needs-script alt-text"
      onSubmit={(event) => {
        event.preventDefault();
        void onSave(altText);
      }}
    >
      <label for="alt-text">
        Description <small class="soft">read aloud by screen readers</small>
      </label>
      <div class="row">
        <input
          id="alt-text"
          type="text"
          value={altText}
          maxLength={maxLength}
          placeholder="For example: Ada smiling in front of a bookshelf"
          onInput={({ currentTarget }) => setAltText(currentTarget.value)}
        />
        <button type="submit" disabled={changing || altText.trim() === saved}>
          Save
        </button>
      </div>
      <FaultMessage fault={pictureFault} about={['altText']} />
    </form>
  );
}
