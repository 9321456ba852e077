import type { IncomingMessage } from 'node:http';

/** Yoga's server context of a GraphQL request. */
export interface RequestContext {
  readonly req: IncomingMessage;
  readonly requestId: string;
  /** Error found before the server reads the body. The client gets it instead of a result. */
  readonly refusal: Error | undefined;
  /** Aborted when the client disconnects. */
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/** Progress of a request. */
export interface Progress {
  /** True if the body contains a GraphQL request. Later errors belong to the document or its execution. */
  documentReached: boolean;
  /** Releases the body when the response is ready. The reader of the body sets this function. */
  releaseBody: () => void;
}
