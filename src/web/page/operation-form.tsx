import type { ComponentChildren } from 'preact';
import type { TypedDocumentString } from '../client/generated/graphql.ts';

interface OperationFormProps {
  readonly document: TypedDocumentString<unknown, Record<string, never>>;
  readonly endpoint: string;
  readonly disabled: boolean;
  readonly onSubmit: () => Promise<void>;
  /** Label of the button. */
  readonly children: ComponentChildren;
}

/** Shows a button that runs an operation. Without the page's script, the button submits a plain form. */
export function OperationForm({ document, endpoint, disabled, onSubmit, children }: OperationFormProps) {
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
      <button type="submit" disabled={disabled}>
        {children}
      </button>
    </form>
  );
}
