import { useEffect, useRef, useState } from 'preact/hooks';
import type { Choice, UploadRules } from './check-file.ts';
import type { CropperProps } from './cropper.tsx';
import { FaultMessage } from './fault-message.tsx';
import type { CropInput } from './generated/graphql.ts';
import { Sending } from './sending.tsx';
import type { Actions, State } from './use-portrait.ts';

interface EditorProps {
  readonly choice: Choice;
  readonly rules: UploadRules;
  readonly state: State;
  readonly actions: Actions;
  readonly onChooseAnother: () => void;
}

/** Common edge lengths of a profile picture in CSS pixels. */
const PREVIEW_EDGES = [128, 64, 32];

/** Lets the user crop and describe a chosen file, and uploads it. Keeps all settings until the upload succeeds. */
export function Editor({ choice, rules, state, actions, onChooseAnother }: EditorProps) {
  const [crop, setCrop] = useState<CropInput>();
  const [altText, setAltText] = useState('');
  /** Whether the last upload used auto-crop, for a retry. */
  const [lastAutoCrop, setLastAutoCrop] = useState(false);
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), []);
  const { sending, uploadFault } = state;
  const send = ({ autoCrop }: { readonly autoCrop: boolean }) => {
    setLastAutoCrop(autoCrop);
    void actions.send(autoCrop ? undefined : crop, altText);
  };
  return (
    <section class="card editor" aria-labelledby="editor-title">
      <h2 id="editor-title" ref={title} tabIndex={-1}>
        {choice.size ? 'Crop your picture' : 'Ready to upload'}
      </h2>
      <FaultMessage fault={uploadFault} about={choice.size ? ['file'] : ['file', 'crop']} />
      <div class="editor-fields" inert={sending !== undefined}>
        {choice.size ? (
          <>
            <LazyCropper
              url={choice.url}
              size={choice.size}
              minEdge={Math.max(rules.minWidth, rules.minHeight)}
              onChange={setCrop}
            />
            <FaultMessage fault={uploadFault} about={['crop']} />
            <Previews url={choice.url} crop={crop} />
          </>
        ) : (
          <p>
            This browser cannot display <strong>{choice.file.name}</strong>, so you cannot crop it here.
            Portrait crops it automatically.
          </p>
        )}
        <p class="field">
          <label for="new-alt-text">
            Description <small class="soft">optional, read aloud by screen readers</small>
          </label>
          <input
            id="new-alt-text"
            type="text"
            value={altText}
            maxLength={rules.maxAltTextLength}
            onInput={({ currentTarget }) => setAltText(currentTarget.value)}
          />
        </p>
        <FaultMessage fault={uploadFault} about={['altText']} />
      </div>
      {sending ? (
        <Sending progress={sending} onCancel={actions.cancel} />
      ) : (
        <>
          <FaultMessage
            fault={uploadFault}
            about={['action']}
            onRetry={() => send({ autoCrop: lastAutoCrop })}
          />
          <div class="row">
            {choice.size && (
              <button
                type="button"
                class="primary"
                disabled={!crop}
                onClick={() => send({ autoCrop: false })}
              >
                Use this crop
              </button>
            )}
            <button
              type="button"
              class={choice.size ? '' : 'primary'}
              onClick={() => send({ autoCrop: true })}
            >
              {choice.size ? 'Auto-crop' : 'Upload'}
            </button>
            <button type="button" class="plain" onClick={onChooseAnother}>
              Choose another
            </button>
            <button type="button" class="plain" onClick={actions.discard}>
              Cancel
            </button>
          </div>
          {choice.size && <p class="soft">Auto-crop keeps the part that draws the most attention.</p>}
        </>
      )}
    </section>
  );
}

/** Loads the cropper on demand, because it adds more than half to the size of the page's script. */
function LazyCropper(props: CropperProps) {
  const [loaded, setLoaded] = useState<typeof import('./cropper.tsx') | 'failed'>();
  useEffect(() => {
    import('./cropper.tsx').then(setLoaded, () => setLoaded('failed'));
  }, []);
  if (loaded === 'failed') {
    return <p class="fault">The crop tool could not be loaded. You can still use auto-crop.</p>;
  }
  return loaded ? <loaded.Cropper {...props} /> : <div class="cropper-area" aria-busy="true" />;
}

interface PreviewsProps {
  readonly url: string;
  readonly crop: CropInput | undefined;
}

function Previews({ url, crop }: PreviewsProps) {
  return (
    <figure class="previews">
      <div class="row">
        {PREVIEW_EDGES.map((edge) => (
          <span key={edge} class="preview" style={{ width: edge, height: edge }}>
            {crop && <img src={url} alt="" style={styleFor(crop)} />}
          </span>
        ))}
      </div>
      <figcaption class="soft">Preview</figcaption>
    </figure>
  );
}

/** Sizes and positions the whole picture so that its crop fills the frame. */
function styleFor({ x, y, width, height }: CropInput) {
  return {
    width: `${100 / width}%`,
    height: `${100 / height}%`,
    left: `${(-100 * x) / width}%`,
    top: `${(-100 * y) / height}%`,
  };
}
