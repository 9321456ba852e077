import type { RefObject } from 'preact';
import type { Fault } from '../editor/fault.ts';
import { FaultMessage } from '../editor/fault-message.tsx';
import { useLanguage } from '../messages/use-language.ts';
import { type PageQuery, UploadDocument } from '../client/generated/graphql.ts';

interface ChooserProps {
  readonly input: RefObject<HTMLInputElement | null>;
  readonly endpoint: string;
  readonly rules: PageQuery['uploadRules'];
  /** Whether the user already has a picture. */
  readonly hasPicture: boolean;
  /** Whether the browser is decoding the chosen file. */
  readonly preparing: boolean;
  readonly fault: Fault | undefined;
  readonly onChoose: (file: File) => void;
}

/** Files that the page's script can convert. Some systems do not count HEIC among the pictures. */
const CONVERTIBLE = 'image/*,.heic,.heif';
const OPERATIONS = JSON.stringify({ query: UploadDocument.toString().trim(), variables: { file: null } });
const MAP = JSON.stringify({ file: ['variables.file'] });

/** Lets the user choose a picture. Without the page's script, it is a plain form that also uploads the picture. */
export function Chooser({ input, endpoint, rules, hasPicture, preparing, fault, onChoose }: ChooserProps) {
  const { say, listTypes, formatBytes } = useLanguage();
  const mediaTypes = rules.types.map(({ mediaType }) => mediaType);
  const choose = (event: { readonly currentTarget: HTMLInputElement }) => {
    const [file] = event.currentTarget.files ?? [];
    if (file !== undefined) {
      onChoose(file);
    }
    // Without this, choosing the same file again fires no change event.
    event.currentTarget.value = '';
  };
  return (
    <section class="card chooser" aria-labelledby="chooser-title">
      <h2 id="chooser-title">{say(hasPicture ? 'uploadNew' : 'uploadFirst')}</h2>
      <form method="post" action={endpoint} encType="multipart/form-data">
        <input type="hidden" name="operations" value={OPERATIONS} />
        <input type="hidden" name="map" value={MAP} />
        <div class="row">
          <label class="button primary">
            <span class="only-without-script">{say('fileField')}</span>
            <input
              ref={input}
              type="file"
              name="file"
              accept={mediaTypes.join(',')}
              required
              // Without the script, the server must accept the file itself.
              onClick={({ currentTarget }) => {
                currentTarget.accept = CONVERTIBLE;
              }}
              onChange={choose}
              aria-describedby="rules"
            />
            <span class="needs-script">{say('chooseFile')}</span>
          </label>
          {mediaTypes.includes('image/jpeg') && (
            <label class="button needs-script only-touch">
              <input type="file" accept="image/*" capture="user" onChange={choose} aria-describedby="rules" />
              <span>{say('takePhoto')}</span>
            </label>
          )}
          <button type="submit" class="primary only-without-script">
            {say('upload')}
          </button>
          <span class="needs-script soft not-touch">{say('dropOrPaste')}</span>
        </div>
      </form>
      <div class={preparing ? 'preparing' : 'visually-hidden'} role="status">
        {preparing && (
          <label>
            {say('preparing')} <progress />
          </label>
        )}
      </div>
      <p id="rules" class="soft">
        <span class="only-without-script">
          {say('rules', {
            types: listTypes(mediaTypes),
            size: formatBytes(rules.maxBytes),
            width: rules.minWidth,
            height: rules.minHeight,
          })}
        </span>
        <span class="needs-script">
          {say('rulesOfEditor', { width: rules.minWidth, height: rules.minHeight })}
        </span>
      </p>
      <FaultMessage fault={fault} about={['file', 'action']} />
    </section>
  );
}
