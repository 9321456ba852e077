import { useEffect, useRef } from 'preact/hooks';
import { Editor } from '../editor/editor.tsx';
import { useSay } from '../messages/use-say.ts';
import { Chooser } from './chooser.tsx';
import { DropHint } from './drop-hint.tsx';
import type { PageQuery } from './generated/graphql.ts';
import { Notice } from './notice.tsx';
import { PortraitCard } from './portrait-card.tsx';
import type { Site } from './site.ts';
import { UploadBlockNotice } from './upload-block-notice.tsx';
import { usePageFiles } from './use-page-files.ts';
import { usePortrait } from './use-portrait.ts';

export interface PageProps {
  /** Query result that the server rendered the page from. */
  readonly data: PageQuery;
  readonly site: Site;
}

/** Renders everything between the header and the footer, identically on the server and in the browser. */
export function Page({ data, site }: PageProps) {
  const say = useSay();
  const endpoint = `${site.basePath}/graphql`;
  const rules = data.uploadRules;
  const [state, actions] = usePortrait({ data, endpoint });
  const { viewer, choice, preparing, sending, done, uploadFault } = state;
  const canUpload = viewer !== null && viewer.uploadBlock === null;
  const dropping = usePageFiles(actions.choose, canUpload && sending === undefined);
  const input = useRef<HTMLInputElement>(null);
  const wasEditing = useRef(false);
  useEffect(() => {
    // The editor returns the focus, unless the user dropped or pasted the file and nothing had the focus.
    if (wasEditing.current && choice === undefined && document.activeElement === document.body) {
      input.current?.focus();
    }
    wasEditing.current = choice !== undefined;
  }, [choice]);
  return (
    <>
      <Notice done={choice ? undefined : done} />
      {viewer ? (
        <PortraitCard
          viewer={viewer}
          state={state}
          actions={actions}
          endpoint={endpoint}
          maxAltTextLength={rules.maxAltTextLength}
        />
      ) : (
        <section class="card signed-out">
          <h1>{say('notSignedIn')}</h1>
          <p>{say('signIn')}</p>
        </section>
      )}
      {viewer?.uploadBlock && <UploadBlockNotice block={viewer.uploadBlock} />}
      {viewer && canUpload && (
        <>
          <Chooser
            input={input}
            endpoint={endpoint}
            rules={rules}
            hasPicture={viewer.profilePicture !== null}
            preparing={preparing}
            fault={choice === undefined ? uploadFault : undefined}
            onChoose={actions.choose}
          />
          {choice && (
            <Editor
              key={choice.url}
              photo={choice}
              maxAltTextLength={rules.maxAltTextLength}
              sending={sending}
              fault={uploadFault}
              status={preparing ? say('preparing') : done?.message}
              onSave={actions.send}
              onCancelUpload={actions.cancel}
              onClose={actions.discard}
            />
          )}
        </>
      )}
      {dropping && <DropHint />}
    </>
  );
}
