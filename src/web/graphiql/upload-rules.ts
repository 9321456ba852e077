import { rejectedExtension } from '../../file-names/rejected-extension.ts';
import { formatBytes } from '../shared/format-bytes.ts';
import { send } from './send.ts';

export interface UploadRules {
  readonly maxBytes: number;
  readonly rejectedExtensions: readonly string[];
  readonly types: readonly { readonly mediaType: string; readonly extensions: readonly string[] }[];
}

const QUERY =
  'query UploadRules { uploadRules { id maxBytes rejectedExtensions types { id mediaType extensions } } }';

/** Fetches the server's upload rules. Calls back only on success. Returns a function that cancels the request. */
export function fetchUploadRules(endpoint: string, onRules: (rules: UploadRules) => void): () => void {
  const request = send({ endpoint, body: JSON.stringify({ query: QUERY }) }).subscribe({
    next(result) {
      const { data } = result as { data?: { uploadRules: UploadRules } };
      if (data) {
        onRules(data.uploadRules);
      }
    },
    complete() {},
  });
  return request.unsubscribe;
}

/** Returns a warning if the server would reject a file because of its name or size. */
export function warningFor(file: File, { maxBytes, rejectedExtensions }: UploadRules): string | undefined {
  if (file.size > maxBytes) {
    return `The server does not accept files larger than ${formatBytes(maxBytes)}.`;
  }
  const extension = rejectedExtension(file.name, rejectedExtensions);
  return extension === undefined ? undefined : `The server does not accept .${extension} files.`;
}
