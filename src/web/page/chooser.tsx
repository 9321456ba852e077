import type { RefObject } from 'preact';
import { formatBytes } from '../shared/format-bytes.ts';
import { acceptsJpeg, typeNames, type UploadRules } from './check-file.ts';
import { FaultMessage } from './fault-message.tsx';
import type { Fault } from './faults.ts';
import { UploadDocument } from './generated/graphql.ts';

interface ChooserProps {
  readonly input: RefObject<HTMLInputElement | null>;
  readonly endpoint: string;
  readonly rules: UploadRules;
  /** There is a picture already. */
  readonly another: boolean;
  /** A choice is being prepared; the field stays, to choose another. */
  readonly hidden: boolean;
  readonly fault: Fault | undefined;
  readonly onChoose: (file: File) => void;
}

const OPERATIONS = JSON.stringify({ query: UploadDocument.toString().trim(), variables: { file: null } });
const MAP = JSON.stringify({ file: ['variables.file'] });

/** Where a picture is chosen; without the page's script, a plain form that also sends it. */
export function Chooser({ input, endpoint, rules, another, hidden, fault, onChoose }: ChooserProps) {
  const accept = rules.types.map(({ mediaType }) => mediaType).join(',');
  const choose = (event: { readonly currentTarget: HTMLInputElement }) => {
    const [file] = event.currentTarget.files ?? [];
    if (file !== undefined) {
      onChoose(file);
    }
    // Else to choose the same file again would change nothing.
    event.currentTarget.value = '';
  };
  return (
    <section class="card chooser" aria-labelledby="chooser-title" hidden={hidden}>
      <h2 id="chooser-title">{another ? 'Choose another picture' : 'Choose a picture'}</h2>
      <form method="post" action={endpoint} encType="multipart/form-data">
        <input type="hidden" name="operations" value={OPERATIONS} />
        <input type="hidden" name="map" value={MAP} />
        <div class="row">
          <label class="button primary">
            <span class="only-without-script">File</span>
            <input
              ref={input}
              type="file"
              name="file"
              accept={accept}
              required
              onChange={choose}
              aria-describedby="rules"
            />
            <span class="needs-script">Choose a file</span>
          </label>
          {acceptsJpeg(rules) && (
            <label class="button needs-script only-touch">
              <input type="file" accept="image/*" capture="user" onChange={choose} aria-describedby="rules" />
              <span>Take a photo</span>
            </label>
          )}
          <button type="submit" class="primary only-without-script">
            Upload
          </button>
          <span class="needs-script soft not-touch">or drop it anywhere here, or paste it</span>
        </div>
      </form>
      <p id="rules" class="soft">
        {typeNames(rules)}, up to {formatBytes(rules.maxBytes)}, at least {rules.minWidth} × {rules.minHeight}{' '}
        pixels.
      </p>
      <FaultMessage fault={fault} about={['file']} />
    </section>
  );
}
