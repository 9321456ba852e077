import type { GraphQLRequest } from '../shared/encode-request.ts';
import { CopyButton } from './copy-button.tsx';
import { asCurl } from './curl.ts';

interface LastRequestProps {
  /** The request that the page sent last. */
  readonly request: GraphQLRequest | undefined;
  /** A whole URL. */
  readonly endpoint: string;
}

/** For developers: the page speaks to the same API that they will use. */
export function LastRequest({ request, endpoint }: LastRequestProps) {
  const command = request ? asCurl(request, endpoint) : exampleFor(endpoint);
  return (
    <details class="card">
      <summary>
        <h2>{request ? 'The GraphQL request that was just sent' : 'The same from a terminal'}</h2>
      </summary>
      <div class="code">
        <p>
          <a href={endpoint}>Open GraphiQL</a> to explore the API.
        </p>
        <CopyButton what="command" text={command} />
        <pre>
          <code>{command}</code>
        </pre>
      </div>
    </details>
  );
}

function exampleFor(endpoint: string): string {
  return `curl ${endpoint} \\
  -F operations='{"query":"mutation ($file: File!) { uploadProfilePicture(file: $file) { id avatarUrl } }","variables":{"file":null}}' \\
  -F map='{"0":["variables.file"]}' \\
  -F 0=@me.jpg`;
}
