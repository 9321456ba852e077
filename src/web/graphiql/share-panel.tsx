import { shareLink } from './share-link.ts';
import type { Store } from './store.ts';

interface SharePanelProps {
  readonly store: Store;
}

/** A GraphiQL panel with a link to the operation in the open tab. */
export function SharePanel({ store }: SharePanelProps) {
  const { query, variables } = React.useSyncExternalStore(store.subscribe, store.get);
  const link = shareLink(location.href, { query, variables });
  const [copied, setCopied] = React.useState<string>();
  const field = React.useRef<HTMLInputElement>(null);
  const copy = async () => {
    field.current?.select();
    await navigator.clipboard.writeText(link ?? '').then(
      () => setCopied('Link copied.'),
      () => setCopied('The browser did not permit copying. Copy the selected link yourself.'),
    );
  };
  React.useEffect(() => setCopied(undefined), [link]);
  return (
    <div className="portrait-panel">
      <h2>Share</h2>
      {link === undefined ? (
        <p>This operation is too long for a link. Shorten the operation or its variables.</p>
      ) : (
        <>
          <p>This link opens the operation with its variables. It contains no headers and no files.</p>
          <p className="share-link">
            <input ref={field} type="text" readOnly value={link} aria-label="Link to this operation" />
            <button type="button" className="graphiql-button" onClick={() => void copy()}>
              Copy link
            </button>
          </p>
          <p role="status">{copied}</p>
        </>
      )}
    </div>
  );
}

export function ShareIcon() {
  return (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.8" aria-hidden="true">
      <circle cx="6" cy="12" r="2.6" />
      <circle cx="17.5" cy="5.5" r="2.6" />
      <circle cx="17.5" cy="18.5" r="2.6" />
      <path d="M8.3 10.8l7-4M8.3 13.2l7 4" />
    </svg>
  );
}
