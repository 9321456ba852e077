import type { GraphQLRequest } from '../shared/encode-request.ts';
import { CopyButton } from './copy-button.tsx';
import { asCurl, type CurlOptions } from './curl.ts';

interface LastRequestProps extends CurlOptions {
  /** The request that the page sent last. */
  readonly request: GraphQLRequest | undefined;
}

const EXAMPLE: GraphQLRequest = {
  query: 'mutation ($file: File!) { uploadProfilePicture(file: $file) { id avatarUrl } }',
  variables: { file: new File([], 'me.jpg') },
};

/** For developers: the page speaks to the same API that they will use. */
export function LastRequest({ request, ...options }: LastRequestProps) {
  const command = asCurl(request ?? EXAMPLE, options);
  return (
    <details class="card">
      <summary>
        <h2>{request ? 'The GraphQL request that was just sent' : 'The same from a terminal'}</h2>
      </summary>
      <div class="code">
        <p>
          <a href={options.endpoint}>Open GraphiQL</a> to explore the API.
          {options.needsToken && (
            <>
              {' '}
              The command takes your token from the variable <code>TOKEN</code>.
            </>
          )}
        </p>
        <CopyButton what="command" text={command} />
        <pre>
          <code>{command}</code>
        </pre>
      </div>
    </details>
  );
}
