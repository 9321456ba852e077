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
  /** Whether the user already has a picture. */
  readonly hasPicture: boolean;
  /** Hidden while the user edits a choice. The input stays in the page for “Choose another”. */
  readonly hidden: boolean;
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
export function Chooser({
  input,
  endpoint,
  rules,
  hasPicture,
  hidden,
  preparing,
  fault,
  onChoose,
}: ChooserProps) {
  const accept = rules.types.map(({ mediaType }) => mediaType).join(',');
  const choose = (event: { readonly currentTarget: HTMLInputElement }) => {
    const [file] = event.currentTarget.files ?? [];
    if (file !== undefined) {
      onChoose(file);
    }
    // Without this, choosing the same file again fires no change event.
    event.currentTarget.value = '';
  };
  return (
    <section class="card chooser" aria-labelledby="chooser-title" hidden={hidden}>
      <h2 id="chooser-title">{hasPicture ? 'Upload a new picture' : 'Upload a picture'}</h2>
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
              // Without the script, the server must accept the file itself.
              onClick={({ currentTarget }) => {
                currentTarget.accept = CONVERTIBLE;
              }}
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
          <span class="needs-script soft not-touch">or drop or paste one anywhere on this page</span>
        </div>
      </form>
      <p id="rules" class="soft">
        {typeNames(rules)}. Up to {formatBytes(rules.maxBytes)}, at least {rules.minWidth} × {rules.minHeight}{' '}
        pixels.
      </p>
      <p role="status">{preparing && 'Preparing photo…'}</p>
      <FaultMessage fault={fault} about={['file']} />
    </section>
  );
}
