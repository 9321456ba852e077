import { type Answer, ConnectionLostError, type PostOptions, type Progress, post } from '../shared/post.ts';

export interface SendOptions extends Omit<PostOptions, 'signal' | 'onProgress'> {
  /** Called while a form is on its way, and with undefined when it has arrived or failed. */
  readonly onProgress?: (progress: Progress | undefined) => void;
}

export interface Observer {
  next(result: unknown): void;
  complete(): void;
}

/**
 * Sends a request once it is subscribed to, as GraphiQL wants it; to unsubscribe cancels it. What goes wrong on the
 * way is a result with an error too, so that it is read where results are.
 */
export function send({ onProgress, ...request }: SendOptions) {
  return {
    subscribe(observer: Observer): { unsubscribe: () => void } {
      const controller = new AbortController();
      const { signal } = controller;
      void post({ ...request, signal, onProgress })
        .then(readAnswer, explain)
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

/** The answer's result; a result with an error if it is anything but JSON. */
function readAnswer({ text, status, statusText }: Answer): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const excerpt = text.trim().slice(0, 300);
    return failure(`The answer is not JSON: ${status} ${statusText} ${excerpt}`.trim());
  }
}

function explain(error: unknown): unknown {
  return failure(
    error instanceof ConnectionLostError
      ? error.message
      : 'A name or a value in the headers editor cannot be sent as a header.',
  );
}

function failure(message: string) {
  return { errors: [{ message }] };
}
