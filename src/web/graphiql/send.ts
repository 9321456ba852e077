import {
  ConnectionLostError,
  FileChangedError,
  type PostOptions,
  type PostResponse,
  type Progress,
  post,
} from '../shared/post.ts';

export interface SendOptions extends Omit<PostOptions, 'signal' | 'onProgress'> {
  /** Called while the browser sends a form, and with undefined when the request succeeds or fails. */
  readonly onProgress?: (progress: Progress | undefined) => void;
}

export interface Observer {
  next(result: unknown): void;
  complete(): void;
}

/**
 * Returns an observable, as GraphiQL expects. Subscribing sends the request, and unsubscribing cancels it.
 * Connection failures and unreadable files become a result with an error, so that GraphiQL shows them like any other
 * result.
 */
export function send({ onProgress, ...request }: SendOptions) {
  return {
    subscribe(observer: Observer): { unsubscribe: () => void } {
      const controller = new AbortController();
      const { signal } = controller;
      void post({ ...request, signal, onProgress })
        .then(parseResponse, describeFailure)
        .then((result) => {
          onProgress?.(undefined);
          if (!signal.aborted) {
            observer.next(result);
            observer.complete();
          }
        });
      return { unsubscribe: () => controller.abort() };
    },
  };
}

/** Parses the response as a GraphQL result. Returns a result with an error if the response is not JSON. */
function parseResponse({ text, status, statusText }: PostResponse): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const excerpt = text.trim().slice(0, 300);
    return errorResult(`The response is not JSON: ${status} ${statusText} ${excerpt}`.trim());
  }
}

function describeFailure(error: unknown): unknown {
  return errorResult(
    error instanceof ConnectionLostError || error instanceof FileChangedError
      ? error.message
      : 'The headers editor contains an invalid header name or value. Correct the headers.',
  );
}

function errorResult(message: string) {
  return { errors: [{ message }] };
}
