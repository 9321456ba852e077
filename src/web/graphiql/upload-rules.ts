import { foreignExtension } from '../shared/foreign-extension.ts';
import { formatBytes } from '../shared/format-bytes.ts';
import { send } from './send.ts';

export interface UploadRules {
  readonly maxBytes: number;
  readonly types: readonly { readonly mediaType: string; readonly extensions: readonly string[] }[];
}

const QUERY = 'query UploadRules { uploadRules { maxBytes types { mediaType extensions } } }';

/** Asks what the server takes; never calls back if it does not say. @returns what cancels it. */
export function askUploadRules(endpoint: string, onRules: (rules: UploadRules) => void): () => void {
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

/** Why the server will refuse a file, as far as its name and its size tell. */
export function warningFor(file: File, { maxBytes, types }: UploadRules): string | undefined {
  if (file.size > maxBytes) {
    return `Larger than the ${formatBytes(maxBytes)} that the server takes.`;
  }
  const extension = foreignExtension(file.name, types);
  return extension === undefined ? undefined : `The server does not take .${extension} files.`;
}
