export interface Progress {
  readonly sentBytes: number;
  readonly totalBytes: number;
}

export interface PostOptions {
  readonly endpoint: string;
  readonly body: string | FormData;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Ends the request, and with it the upload, at once. */
  readonly signal?: AbortSignal | undefined;
  /** Called while a form is on its way. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

export interface Answer {
  readonly status: number;
  readonly statusText: string;
  readonly text: string;
}

/** The server could not be reached, or the connection ended before its answer. */
export class ConnectionLostError extends Error {
  override readonly name = 'ConnectionLostError';

  constructor() {
    super('The server could not be reached, or it ended the connection.');
  }
}

/**
 * Sends a GraphQL request. By XMLHttpRequest, since fetch tells nothing of what is sent.
 * Rejects with ConnectionLostError, with the signal's reason if it was aborted, and with a DOMException if a header
 * cannot be sent.
 */
export function post({ endpoint, body, headers = {}, signal, onProgress }: PostOptions): Promise<Answer> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    request.open('POST', endpoint);
    request.setRequestHeader('Accept', 'application/graphql-response+json, application/json');
    if (typeof body === 'string') {
      request.setRequestHeader('Content-Type', 'application/json');
    } else if (onProgress) {
      request.upload.onprogress = ({ loaded, total }) => onProgress({ sentBytes: loaded, totalBytes: total });
    }
    for (const [name, value] of Object.entries(headers)) {
      // The type of a form names its boundary, and that only the browser knows.
      if (name.toLowerCase() !== 'content-type') {
        request.setRequestHeader(name, value);
      }
    }
    request.onload = () =>
      resolve({ status: request.status, statusText: request.statusText, text: request.responseText });
    request.onerror = () => reject(new ConnectionLostError());
    request.onabort = () => reject(signal?.reason);
    request.onloadend = () => signal?.removeEventListener('abort', abort);
    signal?.addEventListener('abort', abort);
    request.send(body);
  });
}
