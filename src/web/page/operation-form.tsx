import type { ComponentChildren } from 'preact';
import type { TypedDocumentString } from './generated/graphql.ts';

interface OperationFormProps {
  readonly document: TypedDocumentString<unknown, Record<string, never>>;
  readonly endpoint: string;
  readonly disabled: boolean;
  /** Looks like a link: it is not what people come for. */
  readonly quiet?: boolean;
  readonly onSubmit: () => Promise<void>;
  /** What the button says. */
  readonly children: ComponentChildren;
}

/** A button that runs an operation: by the page's script, or without it as a plain form. */
export function OperationForm({
  document,
  endpoint,
  disabled,
  quiet = false,
  onSubmit,
  children,
}: OperationFormProps) {
  return (
    <form
      method="post"
      action={endpoint}
      encType="multipart/form-data"
      onSubmit={(event) => {
        event.preventDefault();
        void onSubmit();
      }}
    >
      <input type="hidden" name="operations" value={JSON.stringify({ query: document.toString().trim() })} />
      <input type="hidden" name="map" value="{}" />
      <button type="submit" class={quiet ? 'plain' : ''} disabled={disabled}>
        {children}
      </button>
    </form>
  );
}
