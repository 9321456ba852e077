import { useState } from 'preact/hooks';
import type { Picture } from '../client/picture.ts';
import { FaultMessage } from '../editor/fault-message.tsx';
import { useSay } from '../messages/use-say.ts';
import type { State } from './state.ts';

interface AltTextFormProps {
  readonly picture: Picture;
  /** In characters. */
  readonly maxLength: number;
  readonly state: State;
  readonly onSave: (altText: string) => Promise<void>;
}

/** Edits the description. Needs the page's script, because a plain form cannot send text as a variable. */
export function AltTextForm({ picture, maxLength, state, onSave }: AltTextFormProps) {
  const say = useSay();
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
        {say('description')} <small class="soft">{say('descriptionHint')}</small>
      </label>
      <div class="row">
        <input
          id="alt-text"
          type="text"
          value={altText}
          maxLength={maxLength}
          placeholder={say('descriptionExample')}
          onInput={({ currentTarget }) => setAltText(currentTarget.value)}
        />
        <button type="submit" disabled={changing || altText.trim() === saved}>
          {say('saveDescription')}
        </button>
      </div>
      <FaultMessage fault={pictureFault} about={['altText']} />
    </form>
  );
}
