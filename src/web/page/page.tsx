import { useEffect, useRef } from 'preact/hooks';
import { useSay } from '../messages/use-say.ts';
import type { PageQuery } from '../client/generated/graphql.ts';
import { DropHint } from '../editor/drop-hint.tsx';
import { useDroppedFiles } from '../editor/use-dropped-files.ts';
import { Chooser } from './chooser.tsx';
import { Notice } from './notice.tsx';
import { PortraitCard } from './portrait-card.tsx';
import type { Site } from './site.ts';
import { UploadBlockNotice } from './upload-block-notice.tsx';
import { useEditor } from './use-editor.ts';
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
  const [state, actions, setState] = usePortrait({ data, endpoint });
  const { viewer, editing, preparing, done, uploadFault } = state;
  const canUpload = viewer !== null && viewer.uploadBlock === null;
  const [editor, choose] = useEditor({ viewer, uploadRules: rules }, actions, setState);
  const dropping = useDroppedFiles(choose, canUpload && !editing);
  const input = useRef<HTMLInputElement>(null);
  const wasEditing = useRef(false);
  useEffect(() => {
    // The editor returns the focus, unless the user dropped or pasted the file and nothing had the focus.
    if (wasEditing.current && !editing && document.activeElement === document.body) {
      input.current?.focus();
    }
    wasEditing.current = editing;
  }, [editing]);
  return (
    <>
      <Notice done={editing ? undefined : done} />
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
            fault={uploadFault}
            onChoose={choose}
          />
          <portrait-editor ref={editor} class="only-dialog" />
        </>
      )}
      {dropping && <DropHint />}
    </>
  );
}
