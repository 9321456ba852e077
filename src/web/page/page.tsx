import { useEffect, useRef } from 'preact/hooks';
import { Chooser } from './chooser.tsx';
import { Editor } from './editor.tsx';
import type { PageQuery } from './generated/graphql.ts';
import { LastRequest } from './last-request.tsx';
import { Notice } from './notice.tsx';
import { PortraitCard } from './portrait-card.tsx';
import type { Site } from './site.ts';
import { Sizes } from './sizes.tsx';
import { usePageFiles } from './use-page-files.ts';
import { usePortrait } from './use-portrait.ts';

export interface PageProps {
  /** Query result that the server rendered the page from. */
  readonly data: PageQuery;
  readonly site: Site;
}

/** Renders everything between the header and the footer, identically on the server and in the browser. */
export function Page({ data, site }: PageProps) {
  const endpoint = `${site.basePath}/graphql`;
  const rules = data.uploadRules;
  const [state, actions] = usePortrait({ data, endpoint });
  const { viewer, choice, preparing, sending, changing, done, uploadFault, lastRequest } = state;
  const dropping = usePageFiles(actions.choose, viewer !== null && sending === undefined);
  const input = useRef<HTMLInputElement>(null);
  const wasEditing = useRef(false);
  useEffect(() => {
    if (wasEditing.current && choice === undefined && done === undefined) {
      input.current?.focus();
    }
    wasEditing.current = choice !== undefined;
  }, [choice]);
  return (
    <>
      <Notice done={done} disabled={changing} onUndo={actions.restore} />
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
          <h1>You are not signed in</h1>
          <p>Sign in to your application, then reload this page to upload a picture.</p>
        </section>
      )}
      {viewer && (
        <>
          <Chooser
            input={input}
            endpoint={endpoint}
            rules={rules}
            hasPicture={viewer.profilePicture !== null}
            hidden={choice !== undefined}
            preparing={preparing}
            fault={choice === undefined ? uploadFault : undefined}
            onChoose={actions.choose}
          />
          {choice && (
            <Editor
              key={choice.url}
              choice={choice}
              rules={rules}
              state={state}
              actions={actions}
              onChooseAnother={() => input.current?.click()}
            />
          )}
          {viewer.profilePicture && <Sizes picture={viewer.profilePicture} />}
        </>
      )}
      <LastRequest
        request={lastRequest}
        endpoint={`${site.publicUrl}/graphql`}
        needsToken={site.needsToken}
      />
      {dropping && <div class="drop-here">Drop your picture here</div>}
    </>
  );
}
