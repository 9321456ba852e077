import type { ClientRequest, IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';

// An `import` would load Node's `fetch`: see docs/decisions/fast-start.md.
const { Agent: HttpAgent, request: requestHttp } = process.getBuiltinModule('node:http');

/** Milliseconds of an attempt, from the connection to the end of the response. */
export const ATTEMPT_TIMEOUT_MS = 15_000;
/** Milliseconds after which an idle connection is closed. */
const IDLE_TIMEOUT_MS = 30_000;
/** Maximum bytes of a response's body that are discarded. A larger body closes the connection. */
const MAX_DISCARDED_BYTES = 16 * 1024;

/** Outcome of an attempt: the response's status, or the reason why there was none, such as `ECONNREFUSED`. */
export type Attempt = { readonly status: number } | { readonly reason: string };

/** The receiver of webhooks. */
export interface Endpoint {
  /** Sends a webhook. Follows no redirect. Never rejects. @param signal aborts the attempt. */
  send(headers: Readonly<Record<string, string>>, body: string, signal: AbortSignal): Promise<Attempt>;
  /** Closes all connections. */
  close(): void;
}

/**
 * Opens an endpoint. Connections are reused.
 * @param maxConnections maximum number of connections at once.
 * @param timeout of an attempt, in milliseconds.
 */
export function openEndpoint(url: string, maxConnections: number, timeout = ATTEMPT_TIMEOUT_MS): Endpoint {
  const isSecure = url.startsWith('https:');
  const options = { keepAlive: true, maxSockets: maxConnections, timeout: IDLE_TIMEOUT_MS };
  const agent = isSecure ? new HttpsAgent(options) : new HttpAgent(options);
  const request = isSecure ? requestHttps : requestHttp;

  function attempt(
    headers: Readonly<Record<string, string>>,
    body: Buffer,
    signal: AbortSignal,
  ): Promise<Attempt> {
    return new Promise((resolve) => {
      const sent = request(url, {
        method: 'POST',
        agent,
        signal,
        headers: {
          'Content-Type': 'application/json',
          'Content-Length': body.length,
          'User-Agent': 'Portrait',
          ...headers,
        },
      });
      let outcome: Attempt | undefined;
      sent.on('response', (response) => {
        outcome = { status: response.statusCode ?? 0 };
        discard(response);
      });
      // The request always closes, even if a receiver that switches protocols causes neither a response nor an error.
      sent.on('close', () => resolve(outcome ?? { reason: 'no usable response' }));
      sent.on('error', (error: NodeJS.ErrnoException) => {
        if (outcome === undefined && isStale(sent, error) && !signal.aborted) {
          resolve(attempt(headers, body, signal));
        } else {
          const reason = signal.aborted ? 'no response in time' : (error.code ?? error.message);
          // The rest of a response can fail after its status.
          resolve(outcome ?? { reason });
        }
      });
      sent.end(body);
    });
  }

  return {
    send: (headers, body, signal) =>
      attempt(headers, Buffer.from(body), AbortSignal.any([signal, AbortSignal.timeout(timeout)])),
    close: () => agent.destroy(),
  };
}

/** Reads a small body to its end, so that the connection can be reused. Closes the connection of any other. */
function discard(response: IncomingMessage): void {
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MAX_DISCARDED_BYTES) {
      response.destroy();
    }
  });
  response.on('error', () => {});
}

/** Returns whether the receiver had closed an idle connection when the request reached it: https://nodejs.org/api/http.html#requestreusedsocket */
function isStale({ reusedSocket }: ClientRequest, { code }: NodeJS.ErrnoException): boolean {
  return reusedSocket && code === 'ECONNRESET';
}
