import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useSay } from '../messages/use-say.ts';
import type { PhotoEdit } from '../photo/edit.ts';
import type { Photo } from '../photo/photo.ts';
import type { Progress } from '../shared/post.ts';
import type { CropperProps } from './cropper.tsx';
import type { Fault } from './fault.ts';
import { FaultMessage } from './fault-message.tsx';
import { Sending } from './sending.tsx';

interface EditorProps {
  readonly photo: Photo;
  /** Maximum length of a description in characters. */
  readonly maxAltTextLength: number;
  /** Progress of the upload, or `preparing` before its first byte. Undefined if nothing is being saved. */
  readonly sending: Progress | 'preparing' | undefined;
  /** Reason why the picture could not be saved. */
  readonly fault: Fault | undefined;
  /** Result or progress to report in the dialog, such as that the upload was canceled. */
  readonly status: string | undefined;
  /** Saves the photo. @param edit If undefined, the server chooses the square. */
  readonly onSave: (edit: PhotoEdit | undefined, altText: string) => void;
  readonly onCancelUpload: () => void;
  readonly onClose: () => void;
}

/**
 * A modal dialog in which the user crops, turns and describes a picture. Keeps all settings until the picture is saved.
 * When it closes, the focus returns to the element that had it before.
 */
export function Editor({
  photo,
  maxAltTextLength,
  sending,
  fault,
  status,
  onSave,
  onCancelUpload,
  onClose,
}: EditorProps) {
  const { file, url, size, animated, rules } = photo;
  const say = useSay();
  const titleId = useId();
  const altTextId = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  const title = useRef<HTMLHeadingElement>(null);
  const form = useRef<HTMLFormElement>(null);
  const [edit, setEdit] = useState<PhotoEdit>();
  const [cropperFailed, setCropperFailed] = useState(false);
  const [altText, setAltText] = useState('');
  const isRemoved = useRef(false);
  useLayoutEffect(() => {
    dialog.current?.showModal();
    return () => {
      isRemoved.current = true;
      // Only closing the dialog returns the focus.
      dialog.current?.close();
    };
  }, []);
  // At once, because the user may type in a field before the next frame.
  useLayoutEffect(() => {
    // The button that canceled the upload is gone. A fault takes the focus itself.
    if (sending === undefined && fault === undefined) {
      title.current?.focus();
    }
  }, [sending]);

  const chosenByServer = size === undefined || cropperFailed;
  const canSave = sending === undefined && (chosenByServer || edit !== undefined);
  const save = () => canSave && onSave(chosenByServer ? undefined : edit, altText);
  const saveByKey = (event: KeyboardEvent) => {
    // Browsers submit the form themselves if a field has the focus, and press a button that has it.
    if (event.key === 'Enter' && !(event.target as Element).matches('input, button')) {
      event.preventDefault();
      form.current?.requestSubmit();
    }
  };
  return (
    <dialog
      ref={dialog}
      class="editor"
      part="dialog"
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        (sending ? onCancelUpload : onClose)();
      }}
      onClose={() => {
        // Browsers close a dialog despite `preventDefault` if the user insists.
        if (!isRemoved.current) {
          onCancelUpload();
          onClose();
        }
      }}
    >
      <form
        ref={form}
        class="editor-form"
        onKeyDown={saveByKey}
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        <h2 id={titleId} ref={title} tabIndex={-1}>
          {say(chosenByServer ? 'editorTitleUncropped' : 'editorTitle')}
        </h2>
        <FaultMessage fault={fault} about={size ? ['file'] : ['file', 'crop']} />
        <div class="editor-fields" inert={sending !== undefined}>
          {size ? (
            <LazyCropper
              url={url}
              size={size}
              minEdge={Math.max(rules.minWidth, rules.minHeight)}
              onChange={setEdit}
              onFail={() => setCropperFailed(true)}
            />
          ) : (
            <p>{say('notDisplayable', { file: file.name })}</p>
          )}
          <FaultMessage fault={fault} about={size ? ['crop'] : []} />
          {animated && <p class="soft">{say('animated')}</p>}
          <p class="field">
            <label for={altTextId}>
              {say('description')} <small class="soft">{say('descriptionOptional')}</small>
            </label>
            <input
              id={altTextId}
              type="text"
              value={altText}
              maxLength={maxAltTextLength}
              onInput={({ currentTarget }) => setAltText(currentTarget.value)}
            />
          </p>
          <FaultMessage fault={fault} about={['altText']} />
        </div>
        <div class="editor-actions">
          {sending ? (
            <Sending progress={sending === 'preparing' ? undefined : sending} onCancel={onCancelUpload} />
          ) : (
            <>
              <FaultMessage fault={fault} about={['action']} onRetry={save} />
              <p class={status ? 'editor-status soft' : 'visually-hidden'} role="status">
                {status}
              </p>
              <button type="button" onClick={onClose}>
                {say('cancel')}
              </button>
              <button type="submit" class="primary" disabled={!canSave}>
                {say('save')}
              </button>
            </>
          )}
        </div>
      </form>
    </dialog>
  );
}

interface LazyCropperProps extends CropperProps {
  readonly onFail: () => void;
}

/** Loads the crop tool on demand, because most visits to the page do not need it. */
function LazyCropper({ onFail, ...props }: LazyCropperProps) {
  const say = useSay();
  const [loaded, setLoaded] = useState<typeof import('./cropper.tsx') | 'failed'>();
  useEffect(() => {
    import('./cropper.tsx').then(setLoaded, () => {
      setLoaded('failed');
      onFail();
    });
  }, []);
  if (loaded === 'failed') {
    return <p class="fault">{say('cropToolFailed')}</p>;
  }
  return loaded ? <loaded.Cropper {...props} /> : <div class="crop-space" aria-busy="true" />;
}
