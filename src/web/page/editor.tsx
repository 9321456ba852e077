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
  readonly onAnother: () => void;
}

/** CSS pixels of the edges that a profile picture is usually shown at. */
const PREVIEW_EDGES = [128, 64, 32];

/** Prepares a chosen file and sends it. What was set stays as it is until the picture has arrived. */
export function Editor({ choice, rules, state, actions, onAnother }: EditorProps) {
  const [crop, setCrop] = useState<CropInput>();
  const [altText, setAltText] = useState('');
  /** How it was sent last, to send it so again. */
  const [sentAsItIs, setSentAsItIs] = useState(false);
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), []);
  const { sending, uploadFault } = state;
  const send = ({ asItIs }: { readonly asItIs: boolean }) => {
    setSentAsItIs(asItIs);
    void actions.send(asItIs ? undefined : crop, altText);
  };
  return (
    <section class="card editor" aria-labelledby="editor-title">
      <h2 id="editor-title" ref={title} tabIndex={-1}>
        {choice.size ? 'Choose the part to show' : 'Ready to send'}
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
            This browser cannot show <strong>{choice.file.name}</strong>, so it cannot be cropped here. You
            can use it as it is: the server will choose the square.
          </p>
        )}
        <p class="field">
          <label for="new-alt-text">
            Description <small class="soft">optional; read aloud to those who cannot see it</small>
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
          <FaultMessage fault={uploadFault} about={['action']} onRetry={() => send({ asItIs: sentAsItIs })} />
          <div class="row">
            {choice.size && (
              <button type="button" class="primary" disabled={!crop} onClick={() => send({ asItIs: false })}>
                Use this crop
              </button>
            )}
            <button type="button" class={choice.size ? '' : 'primary'} onClick={() => send({ asItIs: true })}>
              Use it as it is
            </button>
            <button type="button" class="plain" onClick={onAnother}>
              Choose another
            </button>
            <button type="button" class="plain" onClick={actions.discard}>
              Cancel
            </button>
          </div>
          {choice.size && (
            <p class="soft">
              As it is: the whole picture is sent, and the server finds the square that draws attention.
            </p>
          )}
        </>
      )}
    </section>
  );
}

/** The cropper is loaded when it is needed, since it is as large as all the rest. */
function LazyCropper(props: CropperProps) {
  const [loaded, setLoaded] = useState<typeof import('./cropper.tsx') | 'failed'>();
  useEffect(() => {
    import('./cropper.tsx').then(setLoaded, () => setLoaded('failed'));
  }, []);
  if (loaded === 'failed') {
    return <p class="fault">The crop tool could not be loaded. You can still use the picture as it is.</p>;
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
            {crop && <img src={url} alt="" style={placeOf(crop)} />}
          </span>
        ))}
      </div>
      <figcaption class="soft">So it will look at {PREVIEW_EDGES.join(', ')} pixels.</figcaption>
    </figure>
  );
}

/** Where the whole picture must lie for its crop to fill the frame. */
function placeOf({ x, y, width, height }: CropInput) {
  return {
    width: `${100 / width}%`,
    height: `${100 / height}%`,
    left: `${(-100 * x) / width}%`,
    top: `${(-100 * y) / height}%`,
  };
}
