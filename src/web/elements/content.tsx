import type { PhotoActions } from '../client/photo-actions.ts';
import type { PictureActions } from '../client/picture-actions.ts';
import { DropHint } from '../editor/drop-hint.tsx';
import { Editor } from '../editor/editor.tsx';
import type { UploadBlockFacts } from '../editor/upload-block.tsx';
import { useDroppedFiles } from '../editor/use-dropped-files.ts';
import type { Language } from '../messages/language.ts';
import { LanguageContext } from '../messages/use-language.ts';
import type { DialogState } from './dialog-state.ts';
import { Panel } from './panel.tsx';

interface ContentProps {
  readonly state: DialogState;
  readonly language: Language;
  /** Whether the editor changes the picture of another user. */
  readonly isOtherUser: boolean;
  /** Reason why the user cannot upload or restore a picture. */
  readonly block: UploadBlockFacts | undefined;
  readonly photos: PhotoActions;
  readonly pictures: PictureActions;
  readonly onChoose: (file: File) => void;
  /** Loads the user again after that has failed. */
  readonly onReload: () => void;
  readonly onClose: () => void;
}

/** Shows the photo in the editor, or the panel, or nothing. */
export function Content(props: ContentProps) {
  const { state, language, block, photos, onChoose } = props;
  const { choice, panel, sending, preparing, uploadFault, canceled, rules } = state;
  return (
    <LanguageContext.Provider value={language}>
      {(choice || panel) && (
        <DropTarget enabled={sending === undefined && block === undefined} onFile={onChoose} />
      )}
      {choice && rules ? (
        <Editor
          key={choice.url}
          photo={choice}
          maxAltTextLength={rules.maxAltTextLength}
          sending={sending}
          fault={uploadFault}
          status={preparing ? language.say('preparing') : canceled}
          onSave={photos.send}
          onCancelUpload={photos.cancel}
          onClose={photos.discard}
        />
      ) : (
        panel && <Panel {...props} />
      )}
    </LanguageContext.Provider>
  );
}

/** Accepts files that the user drops anywhere on the page, or pastes, while the dialog is open. */
function DropTarget({
  enabled,
  onFile,
}: {
  readonly enabled: boolean;
  readonly onFile: (file: File) => void;
}) {
  return useDroppedFiles(onFile, enabled) ? <DropHint /> : null;
}
