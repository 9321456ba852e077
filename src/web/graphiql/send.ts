export interface Progress {
  readonly sentBytes: number;
  readonly totalBytes: number;
}

export interface SendOptions {
  readonly endpoint: string;
  readonly body: string | FormData;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Called while a form is on its way, and with undefined when it has arrived or failed. */
  readonly onProgress?: (progress: Progress | undefined) => void;
}

export interface Observer {
  next(result: unknown): void;
  complete(): void;
}

/**
 * Sends a request once it is subscribed to; to unsubscribe cancels it. What goes wrong on the way is a result with
 * an error too, so that it is read where results are. XMLHttpRequest, since fetch tells nothing of what is sent.
 */
export function send({ endpoint, body, headers = {}, onProgress }: SendOptions) {
  return {
    subscribe(observer: Observer): { unsubscribe: () => void } {
      const request = new XMLHttpRequest();
      const end = (result: unknown) => {
        onProgress?.(undefined);
        observer.next(result);
        observer.complete();
      };
      request.open('POST', endpoint);
      request.setRequestHeader('Accept', 'application/graphql-response+json, application/json');
      if (typeof body === 'string') {
        request.setRequestHeader('Content-Type', 'application/json');
      } else {
        request.upload.onprogress = ({ loaded, total }) =>
          onProgress?.({ sentBytes: loaded, totalBytes: total });
      }
      request.onabort = () => onProgress?.(undefined);
      request.onerror = () => end(failure('The server could not be reached, or it ended the connection.'));
      request.onload = () => end(readAnswer(request));
      try {
        for (const [name, value] of Object.entries(headers)) {
          // The type of a form names its boundary, and that only the browser knows.
          if (name.toLowerCase() !== 'content-type') {
            request.setRequestHeader(name, value);
          }
        }
      } catch {
        end(failure('A name or a value in the headers editor cannot be sent as a header.'));
        return { unsubscribe: () => {} };
      }
      request.send(body);
      return { unsubscribe: () => request.abort() };
    },
  };
}

/** The answer's result; a result with an error if it is anything but JSON. */
function readAnswer({ responseText, status, statusText }: XMLHttpRequest): unknown {
  try {
    return JSON.parse(responseText);
  } catch {
    const excerpt = responseText.trim().slice(0, 300);
    return failure(`The answer is not JSON: ${status} ${statusText} ${excerpt}`.trim());
  }
}

function failure(message: string) {
  return { errors: [{ message }] };
}
