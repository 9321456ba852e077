import { useEffect, useId, useLayoutEffect, useRef } from 'preact/hooks';
import type { PortraitFragment } from '../client/generated/graphql.ts';
import type { PictureActions } from '../client/picture-actions.ts';
import { FaultMessage } from '../editor/fault-message.tsx';
import { UploadBlock, type UploadBlockFacts } from '../editor/upload-block.tsx';
import type { Say } from '../messages/say.ts';
import { useSay } from '../messages/use-say.ts';
import type { EditorData } from './dialog-module.ts';
import type { DialogState } from './dialog-state.ts';
import { FileButton } from './file-button.tsx';

interface PanelProps {
  readonly state: DialogState;
  /** Whether the editor changes the picture of another user. */
  readonly isOtherUser: boolean;
  /** Reason why the user cannot upload or restore a picture. */
  readonly block: UploadBlockFacts | undefined;
  readonly pictures: PictureActions;
  readonly onChoose: (file: File) => void;
  /** Loads the user again after that has failed. */
  readonly onReload: () => void;
  readonly onClose: () => void;
}

/** A modal dialog with the current picture, in which the user chooses a photo, or removes or restores a picture. */
export function Panel({ state, isOtherUser, block, pictures, onChoose, onReload, onClose }: PanelProps) {
  const { viewer, rules, panel, changing, done, uploadFault, pictureFault } = state;
  const say = useSay();
  const titleId = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  const title = useRef<HTMLHeadingElement>(null);
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
  const ofUser = isOtherUser && viewer ? say('pictureOf', { user: viewer.name ?? viewer.id }) : undefined;
  const isSignedOut = viewer === null && panel === 'ready' && fault === undefined;
  // While the user is loading, the dialog shows the user of the last time.
  const isBusy = panel === 'loading' || changing;
  const status = statusOf(state, say);
  const reload = () => {
    // The button that the user has pressed disappears.
    title.current?.focus();
    onReload();
  };
  return (
    <dialog
      ref={dialog}
      class="panel"
      part="dialog"
      aria-labelledby={titleId}
      aria-busy={isBusy}
      onCancel={(event) => {
        // Not if the user cancels the choice of a file.
        if (event.target === event.currentTarget) {
          // At once, because browsers fire the event `close` later, and the page can open the dialog meanwhile.
          event.preventDefault();
          onClose();
        }
      }}
      onClose={() => !isRemoved.current && onClose()}
    >
      <h2 id={titleId} ref={title} tabIndex={-1}>
        {ofUser ?? say(isSignedOut ? 'notSignedIn' : 'yourPicture')}
      </h2>
      {isSignedOut && <p>{say('signIn')}</p>}
      {viewer && rules && (
        <>
          <CurrentPicture viewer={viewer} name={ofUser} />
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
      <div ref={result} class={status ? 'soft' : 'visually-hidden'} role="status" tabIndex={-1}>
        {status}
      </div>
      <FaultMessage
        fault={fault}
        about={['file', 'crop', 'altText', 'action']}
        {...(viewer === null && { onRetry: reload })}
      />
      <div class="row panel-actions">
        {viewer && <Actions viewer={viewer} block={block} disabled={isBusy} pictures={pictures} />}
        <button type="button" class="panel-close" onClick={onClose}>
          {say('close')}
        </button>
      </div>
    </dialog>
  );
}

/** Returns what the dialog is doing, or the result of the last action. */
function statusOf({ viewer, panel, preparing, done }: DialogState, say: Say): string | undefined {
  if (preparing) {
    return say('preparing');
  }
  return viewer === null && panel === 'loading' ? say('loading') : done?.message;
}

interface CurrentPictureProps {
  readonly viewer: PortraitFragment;
  /** Names the picture if it has no description. Undefined for that of the signed-in user. */
  readonly name: string | undefined;
}

function CurrentPicture({ viewer: { avatarUrl, profilePicture: picture }, name }: CurrentPictureProps) {
  const say = useSay();
  const alt = picture?.altText ?? name ?? say(picture ? 'yourPicture' : 'yourInitials');
  return <img class="panel-picture" src={avatarUrl} width={128} height={128} alt={alt} />;
}

interface ActionsProps extends Pick<PanelProps, 'block' | 'pictures'> {
  readonly viewer: PortraitFragment;
  readonly disabled: boolean;
}

/** Buttons that remove the picture and restore the previous one, if the server can do that. */
function Actions({ viewer, block, disabled, pictures }: ActionsProps) {
  const say = useSay();
  return (
    <>
      {viewer.profilePicture && (
        <button type="button" disabled={disabled} onClick={pictures.remove}>
          {say('removePicture')}
        </button>
      )}
      {viewer.previousPicture && !block && (
        <button type="button" disabled={disabled} onClick={pictures.restore}>
          {say('restorePrevious')}
        </button>
      )}
    </>
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
