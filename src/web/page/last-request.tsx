import { useSay } from '../messages/use-say.ts';
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
  const say = useSay();
  const command = asCurl(request ?? EXAMPLE, options);
  return (
    <details class="card">
      <summary>
        <h2>{say(request ? 'lastRequest' : 'exampleRequest')}</h2>
      </summary>
      <div class="code">
        <p>
          <a href={options.endpoint}>{say('exploreApi')}</a> {options.needsToken && say('setToken')}
        </p>
        <CopyButton label={say('command')} text={command} />
        <pre>
          <code>{command}</code>
        </pre>
      </div>
    </details>
  );
}
