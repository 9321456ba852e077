import { encodeRequest, type GraphQLRequest } from '../shared/encode-request.ts';
import { type Progress, post } from '../shared/post.ts';
import { type Connection, signInHeaders } from './connection.ts';
import type { ErrorCode, TypedDocumentString } from './generated/graphql.ts';

export interface ExecuteOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/** Runs an operation on the server of a connection. Rejects like {@link execute}. */
export type Run = <Data, Variables extends object>(
  document: TypedDocumentString<Data, Variables>,
  variables: Variables,
  options?: ExecuteOptions,
) => Promise<Data>;

/** The server rejected an operation. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  readonly code: ErrorCode | undefined;
  /** Seconds until the client may retry. */
  readonly retryAfter: number | undefined;

  constructor(message: string, { code, retryAfter }: Extensions = {}) {
    super(message);
    this.code = code;
    this.retryAfter = retryAfter;
  }
}

/** The server, or a proxy in front of it, sent a response that is not a GraphQL response. */
export class UnreadableResponseError extends Error {
  override readonly name = 'UnreadableResponseError';
  /** HTTP status of the response. */
  readonly status: number;

  constructor(status: number) {
    super(`The server sent an unreadable response (status ${status}).`);
    this.status = status;
  }
}

interface Extensions {
  readonly code?: ErrorCode;
  readonly retryAfter?: number;
}

interface Result<Data> {
  readonly data?: Data | null;
  readonly errors?: readonly { readonly message: string; readonly extensions?: Extensions }[];
}

/** Returns the request for an operation, with its files still in the variables. */
function requestOf<Variables extends object>(
  document: TypedDocumentString<unknown, Variables>,
  variables: Variables,
): GraphQLRequest {
  const entries = Object.entries(variables);
  return {
    query: document.toString().trim(),
    ...(entries.length > 0 && { variables: Object.fromEntries(entries) }),
  };
}

/**
 * Runs an operation. Rejects with RefusedError, UnreadableResponseError, ConnectionLostError, FileChangedError, the
 * error of `getToken`, or the signal's reason after an abort.
 */
export async function execute<Data, Variables extends object>(
  document: TypedDocumentString<Data, Variables>,
  variables: Variables,
  { signal, onProgress, connection }: ExecuteOptions & { readonly connection: Connection },
): Promise<Data> {
  const { status, text } = await post({
    endpoint: connection.endpoint,
    headers: await unlessAborted(signInHeaders(connection), signal),
    withCredentials: connection.getToken === undefined,
    body: encodeRequest(requestOf(document, variables)),
    signal,
    onProgress,
  });
  const { data, errors } = parseResult<Data>(text);
  const [error] = errors ?? [];
  if (error !== undefined) {
    throw new RefusedError(error.message, error.extensions);
  }
  if (!data) {
    throw new UnreadableResponseError(status);
  }
  return data;
}

/** Waits for a promise. Rejects with the signal's reason if that is aborted first. */
function unlessAborted<Value>(promise: Promise<Value>, signal: AbortSignal | undefined): Promise<Value> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
    promise.then(resolve, reject);
  });
}

/** Returns an empty result if the text is not JSON, such as a proxy's error page. */
function parseResult<Data>(text: string): Result<Data> {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
