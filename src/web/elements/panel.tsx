import { useEffect, useId, useLayoutEffect, useRef } from 'preact/hooks';
import type { PictureActions } from '../client/picture-actions.ts';
import { FaultMessage } from '../editor/fault-message.tsx';
import { UploadBlock, type UploadBlockFacts } from '../editor/upload-block.tsx';
import { useSay } from '../messages/use-say.ts';
import type { EditorData } from './dialog-module.ts';
import type { DialogState } from './dialog-state.ts';
import { FileButton } from './file-button.tsx';

interface PanelProps {
  readonly state: DialogState;
  /** Reason why the user cannot upload or restore a picture. */
  readonly block: UploadBlockFacts | undefined;
  readonly pictures: PictureActions;
  readonly onChoose: (file: File) => void;
  readonly onClose: () => void;
}

/** A modal dialog with the current picture, in which the user chooses a photo, or removes or restores a picture. */
export function Panel({ state, block, pictures, onChoose, onClose }: PanelProps) {
  const { viewer, rules, panel, preparing, changing, done, uploadFault, pictureFault } = state;
  const say = useSay();
  const titleId = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  const result = useRef<HTMLDivElement>(null);
  const isRemoved = useRef(false);
  useLayoutEffect(() => {
    dialog.current?.showModal();
    return () => {
      isRemoved.current = true;
      // Only closing the dialog returns the focus.
      dialog.current?.close();
    };
  }, []);
  useEffect(() => {
    // The action may have removed the button that had the focus.
    const root = result.current?.getRootNode();
    if (done !== undefined && root instanceof ShadowRoot && root.activeElement === null) {
      result.current?.focus();
    }
  }, [done]);
  const fault = uploadFault ?? pictureFault;
  const picture = viewer?.profilePicture;
  return (
    <dialog
      ref={dialog}
      class="panel"
      part="dialog"
      aria-labelledby={titleId}
      aria-busy={panel === 'loading' || changing}
      onClose={() => !isRemoved.current && onClose()}
    >
      <h2 id={titleId} tabIndex={-1}>
        {say(viewer || panel === 'loading' ? 'yourPicture' : 'notSignedIn')}
      </h2>
      {viewer && rules && (
        <>
          <img
            class="panel-picture"
            src={viewer.avatarUrl}
            width={128}
            height={128}
            alt={picture ? (picture.altText ?? say('yourPicture')) : say('yourInitials')}
          />
          {block ? (
            <div>
              <h3>{say('uploadsBlocked')}</h3>
              <UploadBlock block={block} />
            </div>
          ) : (
            <FileChoice rules={rules} onChoose={onChoose} />
          )}
        </>
      )}
      <div ref={result} class={preparing || done ? 'soft' : 'visually-hidden'} role="status" tabIndex={-1}>
        {preparing ? say('preparing') : done?.message}
      </div>
      <FaultMessage fault={fault} about={['file', 'crop', 'altText', 'action']} />
      <div class="row panel-actions">
        {picture && (
          <button type="button" disabled={changing} onClick={pictures.remove}>
            {say('removePicture')}
          </button>
        )}
        {viewer?.previousPicture && !block && (
          <button type="button" disabled={changing} onClick={pictures.restore}>
            {say('restorePrevious')}
          </button>
        )}
        <button type="button" class="panel-close" onClick={onClose}>
          {say('close')}
        </button>
      </div>
    </dialog>
  );
}

interface FileChoiceProps {
  readonly rules: EditorData['uploadRules'];
  readonly onChoose: (file: File) => void;
}

function FileChoice({ rules, onChoose }: FileChoiceProps) {
  const say = useSay();
  const rulesId = useId();
  return (
    <>
      <div class="row">
        <FileButton class="primary" describedBy={rulesId} onChoose={onChoose}>
          {say('chooseFile')}
        </FileButton>
        {rules.types.some(({ mediaType }) => mediaType === 'image/jpeg') && (
          <FileButton class="only-touch" camera describedBy={rulesId} onChoose={onChoose}>
            {say('takePhoto')}
          </FileButton>
        )}
        <span class="soft not-touch">{say('dropOrPaste')}</span>
      </div>
      <p id={rulesId} class="soft">
        {say('rulesOfEditor', { width: rules.minWidth, height: rules.minHeight })}
      </p>
    </>
  );
}
