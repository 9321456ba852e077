import type { GraphQLRequest } from '../shared/encode-request.ts';
import { CopyButton } from './copy-button.tsx';
import { asCurl, type CurlOptions } from './curl.ts';

interface LastRequestProps extends CurlOptions {
  /** Last request that the page sent. */
  readonly request: GraphQLRequest | undefined;
}

const EXAMPLE: GraphQLRequest = {
  query: 'mutation Upload($file: File!) { uploadProfilePicture(file: $file) { id avatarUrl } }',
  variables: { file: new File([], 'me.jpg') },
};

/** Shows developers the page's last API request as a curl command. */
export function LastRequest({ request, ...options }: LastRequestProps) {
  const command = asCurl(request ?? EXAMPLE, options);
  return (
    <details class="card">
      <summary>
        <h2>{request ? 'Last GraphQL request' : 'Upload from the command line'}</h2>
      </summary>
      <div class="code">
        <p>
          <a href={options.endpoint}>Open GraphiQL</a> to explore the API.
          {options.needsToken && (
            <>
              {' '}
              Set the variable <code>TOKEN</code> to your token before you run the command.
            </>
          )}
        </p>
        <CopyButton label="command" text={command} />
        <pre>
          <code>{command}</code>
        </pre>
      </div>
    </details>
  );
}
