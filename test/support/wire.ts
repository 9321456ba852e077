import { connect, type Socket } from 'node:net';

/** An HTTP response that arrived over a raw socket. */
export interface WireResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A raw connection. The test decides which bytes to send and when, without a client library. */
export interface Wire extends Disposable {
  readonly socket: Socket;
  /** Resolves when the kernel has accepted the bytes. */
  send(bytes: string | Uint8Array): Promise<void>;
  /**
   * Returns the next response, which can be an interim response such as `100 Continue`. Rejects if the connection
   * closes before the response is complete.
   */
  response(): Promise<WireResponse>;
  /** Resolves when the server has closed the connection. */
  closed(): Promise<void>;
}

export const BOUNDARY = 'portrait-boundary';

/** Opens a connection to a server, from an address of this machine such as 127.0.0.2. */
export async function openWire(url: string, localAddress?: string): Promise<Wire> {
  const { hostname, port } = new URL(url);
  const socket = connect({ port: Number(port), host: hostname, ...(localAddress && { localAddress }) });
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  let received: Buffer = Buffer.alloc(0);
  let ended = false;
  let change = Promise.withResolvers<void>();
  // Wakes all waiters, because a test may wait for a response and for the close at the same time.
  const wake = () => {
    change.resolve();
    change = Promise.withResolvers();
  };
  socket.on('data', (chunk) => {
    received = Buffer.concat([received, chunk]);
    wake();
  });
  socket.on('error', () => {});
  socket.on('close', () => {
    ended = true;
    wake();
  });
  return {
    socket,
    send: (bytes) =>
      new Promise((resolve, reject) => socket.write(bytes, (error) => (error ? reject(error) : resolve()))),
    async response() {
      for (;;) {
        const found = takeResponse(received);
        if (found !== undefined) {
          received = found.rest;
          return found.response;
        }
        if (ended) {
          throw new Error(`The connection ended after: ${received.toString()}`);
        }
        await change.promise;
      }
    },
    async closed() {
      while (!ended) {
        await change.promise;
      }
    },
    [Symbol.dispose]: () => socket.destroy(),
  };
}

function takeResponse(received: Buffer): { response: WireResponse; rest: Buffer } | undefined {
  const end = received.indexOf('\r\n\r\n');
  if (end === -1) {
    return undefined;
  }
  const [statusLine = '', ...lines] = received.subarray(0, end).toString('latin1').split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => [
      line.slice(0, line.indexOf(':')).toLowerCase(),
      line.slice(line.indexOf(':') + 1).trim(),
    ]),
  );
  const length = Number(headers['content-length'] ?? 0);
  const bodyAt = end + 4;
  if (received.length < bodyAt + length) {
    return undefined;
  }
  const body = received.subarray(bodyAt, bodyAt + length).toString();
  return {
    response: { status: Number(statusLine.split(' ')[1]), headers, body },
    rest: received.subarray(bodyAt + length),
  };
}

/** Returns the head of a POST to /graphql. Omits headers that are undefined. */
export function requestHead(headers: Readonly<Record<string, string | number | undefined>>): string {
  const all = { Host: '127.0.0.1', 'Content-Type': `multipart/form-data; boundary=${BOUNDARY}`, ...headers };
  const lines = Object.entries(all)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}: ${value}`);
  return `POST /graphql HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`;
}

/** Returns a text part of a multipart body, with the delimiter before it. */
export function fieldPart(name: string, value: string): string {
  return `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
}

/** Returns the start of a file part: the delimiter and the part's headers. */
export function fileHead(name: string, fileName: string, mediaType = 'application/octet-stream'): string {
  return `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"; filename="${fileName}"\r\nContent-Type: ${mediaType}\r\n\r\n`;
}

/** End of a body, after the last part. */
export const BODY_END = `\r\n--${BOUNDARY}--\r\n`;

/** Returns the parts `operations` and `map` of a request with one file at `variables.file`. */
export function preludeFor(document: string, variables: Record<string, unknown> = {}): string {
  return (
    fieldPart('operations', JSON.stringify({ query: document, variables: { ...variables, file: null } })) +
    fieldPart('map', '{"0":["variables.file"]}')
  );
}
