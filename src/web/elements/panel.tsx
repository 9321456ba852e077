import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import type { PictureActions } from '../client/picture-actions.ts';
import { FaultMessage } from '../editor/fault-message.tsx';
import { useSay } from '../messages/use-say.ts';
import type { DialogState } from './dialog-state.ts';
import { FileButton } from './file-button.tsx';

interface PanelProps {
  readonly state: DialogState;
  readonly pictures: PictureActions;
  readonly onChoose: (file: File) => void;
  readonly onClose: () => void;
}

/** A modal dialog with the current picture, in which the user chooses a photo, or removes or restores a picture. */
export function Panel({ state, pictures, onChoose, onClose }: PanelProps) {
  const { viewer, rules, panel, preparing, changing, canRestore, done, uploadFault, pictureFault } = state;
  const say = useSay();
  const titleId = useId();
  const rulesId = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  const isRemoved = useRef(false);
  useLayoutEffect(() => {
    dialog.current?.showModal();
    return () => {
      isRemoved.current = true;
      // Only closing the dialog returns the focus.
      dialog.current?.close();
    };
  }, []);
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
      )}
      <div class={preparing || done ? 'soft' : 'visually-hidden'} role="status">
        {preparing ? say('preparing') : done?.message}
      </div>
      <FaultMessage fault={fault} about={['file', 'crop', 'altText', 'action']} />
      <div class="row panel-actions">
        {picture && (
          <button type="button" disabled={changing} onClick={pictures.remove}>
            {say('removePicture')}
          </button>
        )}
        {canRestore && (
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
