export interface Progress {
  readonly sentBytes: number;
  readonly totalBytes: number;
}

export interface PostOptions {
  readonly endpoint: string;
  readonly body: string | FormData;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Whether the browser sends its cookies to another origin. */
  readonly withCredentials?: boolean;
  /** Aborts the request, including an upload in progress. */
  readonly signal?: AbortSignal | undefined;
  /** Called while the browser sends a form. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

export interface PostResponse {
  readonly status: number;
  readonly statusText: string;
  readonly text: string;
}

/** The server is unreachable, or the connection closed before the response. */
export class ConnectionLostError extends Error {
  override readonly name = 'ConnectionLostError';

  constructor() {
    super('Could not reach the server, or the connection was lost.');
  }
}

/** The browser cannot read a chosen file anymore. Chromium treats a file that was saved again in the same way. */
export class FileChangedError extends Error {
  override readonly name = 'FileChangedError';
  readonly fileName: string;

  constructor(fileName: string) {
    super(`“${fileName}” was changed, moved or deleted after you chose it. Choose it again.`);
    this.fileName = fileName;
  }
}

/**
 * Sends a GraphQL request. Uses XMLHttpRequest because fetch does not report upload progress.
 * Rejects with ConnectionLostError, FileChangedError, with the signal's reason after an abort, or with a DOMException if
 * a header name or value is invalid.
 */
export function post({
  endpoint,
  body,
  headers = {},
  withCredentials = false,
  signal,
  onProgress,
}: PostOptions): Promise<PostResponse> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    request.open('POST', endpoint);
    request.withCredentials = withCredentials;
    request.setRequestHeader('Accept', 'application/graphql-response+json, application/json');
    if (typeof body === 'string') {
      request.setRequestHeader('Content-Type', 'application/json');
    } else if (onProgress) {
      request.upload.onprogress = ({ loaded, total }) => onProgress({ sentBytes: loaded, totalBytes: total });
    }
    for (const [name, value] of Object.entries(headers)) {
      // Only the browser knows the form's boundary, which its Content-Type must contain.
      if (name.toLowerCase() !== 'content-type') {
        request.setRequestHeader(name, value);
      }
    }
    request.onload = () =>
      resolve({ status: request.status, statusText: request.statusText, text: request.responseText });
    // The browser reports the same error event whether it could not reach the server or could not read a file.
    request.onerror = async () => {
      const unreadable = await findUnreadable(body);
      reject(unreadable ? new FileChangedError(unreadable.name) : new ConnectionLostError());
    };
    request.onabort = () => reject(signal?.reason);
    request.onloadend = () => signal?.removeEventListener('abort', abort);
    signal?.addEventListener('abort', abort);
    request.send(body);
  });
}

/** Returns the first file of a form that the browser cannot read. */
async function findUnreadable(body: string | FormData): Promise<File | undefined> {
  const files = typeof body === 'string' ? [] : [...body.values()].filter((value) => value instanceof File);
  for (const file of files) {
    try {
      await file.slice(0, 1).arrayBuffer();
    } catch {
      return file;
    }
  }
  return undefined;
}
