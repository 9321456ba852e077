import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** A fault of one request. */
export type Fault =
  /** The proxy rejects the request with S3's XML for this code. */
  | { readonly type: 'reject'; readonly status: number; readonly code: string }
  /** The proxy responds with this body. */
  | { readonly type: 'respond'; readonly status: number; readonly body: string }
  /** The proxy receives the request and never responds. */
  | { readonly type: 'hang' }
  /** The proxy closes the connection in the middle of the request, which never reaches the store. */
  | { readonly type: 'cut-request' }
  /** The proxy closes the connection in the middle of the response. */
  | { readonly type: 'cut-response' }
  /** The proxy sends the first half of the response and then stalls. */
  | { readonly type: 'stall-response' }
  /** The store handles the request, and the response is lost. */
  | { readonly type: 'lose-response' };

export interface ProxiedRequest {
  readonly method: string;
  /** Path with the query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Whether the connection closed before the response was sent completely. */
  aborted: boolean;
}

/** Treatment of `If-None-Match: *`. A number is the status with which the store rejects it. */
export type Preconditions = 'respected' | 'ignored' | 501 | 400;

/** Maximum number of keys in one request to delete objects, as in AWS. */
const MAX_DELETED_AT_ONCE = 1000;

/** A proxy between Portrait and a store that adds faults and strict checks. */
export interface FaultyProxy extends AsyncDisposable {
  readonly url: string;
  /** All requests so far. */
  readonly requests: ProxiedRequest[];
  /** Returns the fault of a request, if any. The proxy calls this function for each request. */
  fault: (request: ProxiedRequest) => Fault | undefined | Promise<Fault | undefined>;
  preconditions: Preconditions;
  /** Rejects new connections and closes the existing ones. */
  disconnect(): Promise<void>;
  reconnect(): Promise<void>;
}

/** Starts a proxy in front of a store. @param endpoint URL of the store. */
export async function startFaultyProxy(endpoint: string): Promise<FaultyProxy> {
  const stored = new Set<string>();

  async function handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url: path = '', headers } = incoming;
    const proxied: ProxiedRequest = { method, path, headers, aborted: false };
    response.once('close', () => {
      proxied.aborted = !response.writableFinished;
    });
    proxy.requests.push(proxied);
    const fault = await proxy.fault(proxied);
    if (fault?.type === 'cut-request') {
      incoming.once('data', () => incoming.destroy());
      return;
    }
    const body = await buffer(incoming);
    const applied = fault ?? findRejection(proxied, body);
    if (applied?.type === 'reject' || applied?.type === 'respond') {
      sendOwnResponse(response, applied);
    } else if (applied?.type !== 'hang') {
      const upstream = await forward(endpoint, proxied, body);
      if (upstream.statusCode === 200) {
        recordObjects(proxied, body);
      }
      await sendBack(response, upstream, applied);
    }
  }

  /** Records which objects the store has. */
  function recordObjects({ method, path }: ProxiedRequest, body: Buffer): void {
    if (method === 'PUT') {
      stored.add(pathOf(path));
    } else if (method === 'POST') {
      for (const [, key] of body.toString().matchAll(/<Key>([^<]+)<\/Key>/g)) {
        stored.delete(`${pathOf(path).replace(/\/$/, '')}/${key}`);
      }
    }
  }

  /** Returns an error for a request that AWS, Ceph and other strict stores reject. */
  function findRejection({ method, path, headers }: ProxiedRequest, body: Buffer): Fault | undefined {
    const writes = method === 'PUT' || method === 'POST';
    if (writes && headers['content-md5'] !== createHash('md5').update(body).digest('base64')) {
      return { type: 'reject', status: 400, code: 'BadDigest' };
    }
    if (method === 'POST' && body.toString().split('<Key>').length - 1 > MAX_DELETED_AT_ONCE) {
      return { type: 'reject', status: 400, code: 'MalformedXML' };
    }
    if (headers['if-none-match'] !== '*' || proxy.preconditions === 'ignored') {
      return undefined;
    }
    if (proxy.preconditions !== 'respected') {
      return { type: 'reject', status: proxy.preconditions, code: 'NotImplemented' };
    }
    return stored.has(pathOf(path)) ? { type: 'reject', status: 412, code: 'PreconditionFailed' } : undefined;
  }

  const server = createServer((incoming, response) => {
    handle(incoming, response).catch(() => response.destroy());
  });
  const listen = async (port: number): Promise<number> => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  const disconnect = async (): Promise<void> => {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
  const port = await listen(0);
  const proxy: FaultyProxy = {
    url: `http://127.0.0.1:${port}`,
    requests: [],
    fault: () => undefined,
    preconditions: 'respected',
    disconnect,
    async reconnect() {
      await listen(port);
    },
    async [Symbol.asyncDispose]() {
      if (server.listening) {
        await disconnect();
      }
    },
  };
  return proxy;
}

/** Returns the decoded path without the query. */
function pathOf(url: string): string {
  return decodeURIComponent(url.replace(/\?.*$/, ''));
}

function sendOwnResponse(response: ServerResponse, fault: Fault & { type: 'reject' | 'respond' }): void {
  const { method } = response.req;
  response.writeHead(fault.status, { 'Content-Type': 'application/xml' });
  const body = fault.type === 'respond' ? fault.body : `<Error><Code>${fault.code}</Code></Error>`;
  response.end(method === 'HEAD' ? undefined : body);
}

/** Forwards the store's response, or the part of it that the fault allows. */
async function sendBack(response: ServerResponse, upstream: IncomingMessage, fault: Fault | undefined) {
  const body = await buffer(upstream);
  if (fault?.type === 'lose-response') {
    response.destroy();
    return;
  }
  response.writeHead(upstream.statusCode as number, upstream.headers);
  if (fault === undefined) {
    response.end(response.req.method === 'HEAD' ? undefined : body);
    return;
  }
  response.write(body.subarray(0, body.length / 2), () => {
    if (fault.type === 'cut-response') {
      response.destroy();
    }
  });
}

/** Forwards a request with its original `Host` header, because the signature covers it. */
async function forward(endpoint: string, { method, path, headers }: ProxiedRequest, body: Buffer) {
  const outgoing = request(new URL(path, endpoint), { method, headers });
  outgoing.end(body);
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  return response;
}
