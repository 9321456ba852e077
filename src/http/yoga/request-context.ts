import type { IncomingMessage } from 'node:http';

/** What one GraphQL request carries with it through Yoga. */
export interface RequestContext {
  readonly req: IncomingMessage;
  readonly requestId: string;
  /** Found in the headers; answered in place of everything else. */
  readonly refusal: Error | undefined;
  /** Aborted when the client has left. */
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/** How far a request has come. */
export interface Progress {
  /** The body turned out to be GraphQL: errors from here on belong to the document or its execution. */
  documentReached: boolean;
  /** Lets go of the body when the answer is ready; set by whoever reads it. */
  releaseBody: () => void;
}
