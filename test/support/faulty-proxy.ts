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

/** What goes wrong with one request. */
export type Fault =
  /** The answer of a store that refuses: S3's XML with a code, or a body as it is. */
  | { readonly type: 'refuse'; readonly status: number; readonly code: string }
  | { readonly type: 'answer'; readonly status: number; readonly body: string }
  /** The request is taken, and never answered. */
  | { readonly type: 'hang' }
  /** The connection ends in the middle of the request, which the store never sees. */
  | { readonly type: 'cut-request' }
  /** The connection ends in the middle of the answer. */
  | { readonly type: 'cut-answer' }
  /** No byte follows the first half of the answer. */
  | { readonly type: 'stall-answer' }
  /** The store does what it was asked for, and its answer is lost. */
  | { readonly type: 'lose-answer' };

export interface ProxiedRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Whether its connection ended before it was answered. */
  aborted: boolean;
}

/** What a store makes of `If-None-Match: *`. */
export type Preconditions = 'heeded' | 'ignored' | 501 | 400;

/** As AWS has it. */
const MAX_DELETED_AT_ONCE = 1000;

/** Between Portrait and a store: as faulty, or as strict, as a test wants it. */
export interface FaultyProxy extends AsyncDisposable {
  readonly url: string;
  /** Every request so far. */
  readonly requests: ProxiedRequest[];
  /** Asked for each request. */
  fault: (request: ProxiedRequest) => Fault | undefined | Promise<Fault | undefined>;
  preconditions: Preconditions;
  /** Refuses new connections, and cuts those that there are. */
  goAway(): Promise<void>;
  reconnect(): Promise<void>;
}

/** @param endpoint of the store. */
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
    const verdict = fault ?? refuse(proxied, body);
    if (verdict?.type === 'refuse' || verdict?.type === 'answer') {
      sendVerdict(response, verdict);
    } else if (verdict?.type !== 'hang') {
      const upstream = await forward(endpoint, proxied, body);
      if (upstream.statusCode === 200) {
        note(proxied, body);
      }
      await sendBack(response, upstream, verdict);
    }
  }

  /** What the store has done. */
  function note({ method, path }: ProxiedRequest, body: Buffer): void {
    if (method === 'PUT') {
      stored.add(pathOf(path));
    } else if (method === 'POST') {
      for (const [, key] of body.toString().matchAll(/<Key>([^<]+)<\/Key>/g)) {
        stored.delete(`${pathOf(path).replace(/\/$/, '')}/${key}`);
      }
    }
  }

  /** As stores do that check what is written: AWS, Ceph and others. */
  function refuse({ method, path, headers }: ProxiedRequest, body: Buffer): Fault | undefined {
    const writes = method === 'PUT' || method === 'POST';
    if (writes && headers['content-md5'] !== createHash('md5').update(body).digest('base64')) {
      return { type: 'refuse', status: 400, code: 'BadDigest' };
    }
    if (method === 'POST' && body.toString().split('<Key>').length - 1 > MAX_DELETED_AT_ONCE) {
      return { type: 'refuse', status: 400, code: 'MalformedXML' };
    }
    if (headers['if-none-match'] !== '*' || proxy.preconditions === 'ignored') {
      return undefined;
    }
    if (proxy.preconditions !== 'heeded') {
      return { type: 'refuse', status: proxy.preconditions, code: 'NotImplemented' };
    }
    return stored.has(pathOf(path)) ? { type: 'refuse', status: 412, code: 'PreconditionFailed' } : undefined;
  }

  const server = createServer((incoming, response) => {
    handle(incoming, response).catch(() => response.destroy());
  });
  const listen = async (port: number): Promise<number> => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  const goAway = async (): Promise<void> => {
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
    preconditions: 'heeded',
    goAway,
    async reconnect() {
      await listen(port);
    },
    async [Symbol.asyncDispose]() {
      if (server.listening) {
        await goAway();
      }
    },
  };
  return proxy;
}

/** Without the query. */
function pathOf(url: string): string {
  return decodeURIComponent(url.replace(/\?.*$/, ''));
}

function sendVerdict(response: ServerResponse, verdict: Fault & { type: 'refuse' | 'answer' }): void {
  const { method } = response.req;
  response.writeHead(verdict.status, { 'Content-Type': 'application/xml' });
  const body = verdict.type === 'answer' ? verdict.body : `<Error><Code>${verdict.code}</Code></Error>`;
  response.end(method === 'HEAD' ? undefined : body);
}

/** Sends the store's answer on, or as much of it as the fault lets through. */
async function sendBack(response: ServerResponse, upstream: IncomingMessage, fault: Fault | undefined) {
  const answer = await buffer(upstream);
  if (fault?.type === 'lose-answer') {
    response.destroy();
    return;
  }
  response.writeHead(upstream.statusCode as number, upstream.headers);
  if (fault === undefined) {
    response.end(response.req.method === 'HEAD' ? undefined : answer);
    return;
  }
  response.write(answer.subarray(0, answer.length / 2), () => {
    if (fault.type === 'cut-answer') {
      response.destroy();
    }
  });
}

/** Sends on what was received, under the name that it was sent to: the signature names it. */
async function forward(endpoint: string, { method, path, headers }: ProxiedRequest, body: Buffer) {
  const outgoing = request(new URL(path, endpoint), { method, headers });
  outgoing.end(body);
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  return response;
}
