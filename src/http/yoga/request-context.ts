import type { IncomingMessage, ServerResponse } from 'node:http';
import { ClientDisconnectedError } from '../../multipart/errors.ts';

/** Yoga's server context of a GraphQL request. Yoga adds the schema's own context to it. */
export class RequestContext {
  readonly req: IncomingMessage;
  readonly requestId: string;
  /** Releases the body when the response is ready. The reader of the body sets this function. */
  releaseBody: (() => void) | undefined;
  readonly #response: ServerResponse;
  #documentReached = false;
  #disconnect: AbortController | undefined;

  constructor(response: ServerResponse, requestId: string) {
    this.req = response.req;
    this.requestId = requestId;
    this.#response = response;
  }

  /** True if the body contains a GraphQL request. Later errors belong to the document or its execution. */
  get documentReached(): boolean {
    return this.#documentReached;
  }

  /** Records that the server reads the document now. */
  reachDocument(): void {
    this.#documentReached = true;
  }

  /** Aborted when the client disconnects. Created at its first use, because only uploads need it. */
  get signal(): AbortSignal {
    this.#disconnect ??= this.#watchResponse();
    return this.#disconnect.signal;
  }

  #watchResponse(): AbortController {
    const controller = new AbortController();
    const response = this.#response;
    const onClose = () => {
      if (!response.writableFinished) {
        controller.abort(new ClientDisconnectedError());
      }
    };
    if (response.destroyed) {
      onClose();
    } else {
      response.once('close', onClose);
    }
    return controller;
  }
}
