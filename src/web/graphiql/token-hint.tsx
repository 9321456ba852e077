interface TokenHintProps {
  /** Content of the headers editor. */
  readonly headers: string;
}

const EXAMPLE = '{ "Authorization": "Bearer TOKEN" }';

/** Says how to send a token, until the headers contain one. */
export function TokenHint({ headers }: TokenHintProps) {
  return /"authorization"/i.test(headers) ? null : (
    <div className="token-hint">
      <p>
        This server requires a token, or the cookie of your application. To send a token, open{' '}
        <strong>Headers</strong> below the query and enter:
      </p>
      <code>{EXAMPLE}</code>
    </div>
  );
}
