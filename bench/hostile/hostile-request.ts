/** One request of a kind that costs a server more than it costs its sender. */
export interface HostileRequest {
  readonly name: string;
  /** The whole request, head and body. It asks the server to close the connection. */
  readonly bytes: Buffer;
}

interface HttpRequest {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** Maximum bytes of a request to Portrait without a file, inclusive. */
export const MAX_BODY_BYTES = 256 * 1024;
/** Bytes of one hostile header. Node rejects more than 16 KiB of headers. */
export const HEADER_BYTES = 15_000;

/** Builds an HTTP request without checking it. */
export function httpRequest({ method = 'POST', path = '/graphql', headers, body = '' }: HttpRequest): Buffer {
  const all = {
    Host: '127.0.0.1',
    Connection: 'close',
    'Content-Length': Buffer.byteLength(body),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([
    Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`),
    typeof body === 'string' ? Buffer.from(body) : body,
  ]);
}

/** Builds a POST of a JSON text. */
export function jsonRequest(body: string, headers: Readonly<Record<string, string>> = {}): Buffer {
  return httpRequest({ headers: { 'Content-Type': 'application/json', ...headers }, body });
}

/** Builds a POST of a document and its variables. */
export function graphqlRequest(query: string, variables: object = {}): Buffer {
  return jsonRequest(JSON.stringify({ query, variables }));
}

/** Joins what `item` returns for 0 to count - 1. */
export function repeat(count: number, item: (index: number) => string, separator = ' '): string {
  return Array.from({ length: count }, (_, index) => item(index)).join(separator);
}

/** Builds a chunked POST with small chunks, by default one for every byte of the body. */
export function inTinyChunks(
  headers: Readonly<Record<string, string>>,
  body: Buffer,
  chunkBytes = 1,
): Buffer {
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const pieces: Buffer[] = [
    Buffer.from(
      `POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n${head.join('')}\r\n`,
    ),
  ];
  for (let at = 0; at < body.length; at += chunkBytes) {
    const chunk = body.subarray(at, at + chunkBytes);
    pieces.push(Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n'));
  }
  return Buffer.concat([...pieces, Buffer.from('0\r\n\r\n')]);
}
