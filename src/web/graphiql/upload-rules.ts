import { formatBytes } from '../shared/format-bytes.ts';
import { unsupportedExtension } from '../shared/unsupported-extension.ts';
import { send } from './send.ts';

export interface UploadRules {
  readonly maxBytes: number;
  readonly types: readonly { readonly mediaType: string; readonly extensions: readonly string[] }[];
}

const QUERY = 'query UploadRules { uploadRules { maxBytes types { mediaType extensions } } }';

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
export function warningFor(file: File, { maxBytes, types }: UploadRules): string | undefined {
  if (file.size > maxBytes) {
    return `The server does not accept files larger than ${formatBytes(maxBytes)}.`;
  }
  const extension = unsupportedExtension(file.name, types);
  return extension === undefined ? undefined : `The server does not accept .${extension} files.`;
}
