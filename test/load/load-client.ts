import { Agent, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import { expect } from 'vitest';
import { multipartBody } from '../support/graphql.ts';

export interface LoadResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

interface LoadRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

/** Sends requests over persistent connections, and records the latency of each kind of request. */
export class LoadClient {
  /** Milliseconds until the last byte of the response, by kind of request. */
  readonly latencies = new Map<string, number[]>();
  readonly #url: string;
  readonly #agent = new Agent({ keepAlive: true });

  constructor(url: string) {
    this.#url = url;
  }

  /** Sends a request. Rejects if the response is incomplete. */
  async send(kind: string, { method, path, headers, body }: LoadRequest): Promise<LoadResponse> {
    const startedAt = performance.now();
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    request(this.#url + path, { method, headers, agent: this.#agent }, resolve)
      .on('error', reject)
      .end(body);
    const response = await promise;
    const chunks: Buffer[] = await response.toArray();
    const latencies = this.latencies.get(kind) ?? [];
    this.latencies.set(kind, latencies);
    latencies.push(performance.now() - startedAt);
    return {
      status: response.statusCode ?? 0,
      headers: response.headers,
      body: Buffer.concat(chunks),
    };
  }

  /** Sends a JSON request that must succeed. */
  async query<Data>(kind: string, document: string, variables: object, token?: string): Promise<Data> {
    const body = Buffer.from(JSON.stringify({ query: document, variables }));
    return this.#graphql(kind, body, 'application/json', token);
  }

  /** Sends an upload that must succeed. */
  async upload<Data>(
    kind: string,
    document: string,
    file: File,
    variables: Record<string, unknown>,
    token: string,
  ): Promise<Data> {
    const form = new Response(multipartBody(file, variables, document));
    return this.#graphql(kind, await form.bytes(), form.headers.get('Content-Type') ?? '', token);
  }

  /** Closes all connections. The next request opens a new connection. */
  disconnect(): void {
    this.#agent.destroy();
  }

  async #graphql<Data>(kind: string, body: Uint8Array, mediaType: string, token?: string): Promise<Data> {
    const headers = {
      Accept: 'application/graphql-response+json',
      'Content-Type': mediaType,
      'Content-Length': String(body.length),
      ...(token !== undefined && { Authorization: `Bearer ${token}` }),
    };
    const answer = await this.send(kind, { method: 'POST', path: '/graphql', headers, body });
    const { data, errors } = JSON.parse(answer.body.toString());
    expect({ kind, status: answer.status, errors }).toEqual({ kind, status: 200, errors: undefined });
    return data;
  }
}
