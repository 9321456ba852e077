import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/**
 * A persistent HTTP/1.1 connection for one request at a time. It does so little that it is never the bottleneck of a
 * benchmark. The benchmark decides which bytes to send and when.
 */
export class Connection {
  readonly #socket: Socket;
  #received = '';
  #pending: PromiseWithResolvers<string> | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      this.#received += text;
      this.#settle();
    });
    socket.on('error', (error) => this.#pending?.reject(error));
    socket.on('close', () => this.#pending?.reject(new Error('The server closed the connection.')));
  }

  /** Opens a connection to a server on this machine. */
  static async open(port: number): Promise<Connection> {
    const socket = connect(port, '127.0.0.1').setNoDelay();
    await once(socket, 'connect');
    return new Connection(socket);
  }

  /** Sends some bytes of a request. Resolves when the kernel has taken them. */
  write(bytes: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.write(bytes, (error) => (error ? reject(error) : resolve()));
    });
  }

  /** Returns the body of the next response. Rejects if it is an error response, whose duration measures nothing. */
  nextResponse(): Promise<string> {
    this.#pending = Promise.withResolvers();
    this.#settle();
    return this.#pending.promise;
  }

  /** Sends a request. @returns the body of the response. */
  async exchange(request: Buffer): Promise<string> {
    const response = this.nextResponse();
    await this.write(request);
    return response;
  }

  close(): void {
    this.#socket.destroy();
  }

  #settle(): void {
    const body = bodyOf(this.#received);
    if (body === undefined || this.#pending === undefined) {
      return;
    }
    const received = this.#received;
    this.#received = '';
    if (/^HTTP\/1\.1 200 /.test(received) && !body.includes('"errors"')) {
      this.#pending.resolve(body);
    } else {
      this.#pending.reject(new Error(`The request failed:\n${received}`));
    }
    this.#pending = undefined;
  }
}

/** Returns the body of a complete response, or undefined while the response is incomplete. */
function bodyOf(received: string): string | undefined {
  const headEnd = received.indexOf('\r\n\r\n');
  if (headEnd === -1) {
    return undefined;
  }
  const head = received.slice(0, headEnd);
  const body = received.slice(headEnd + 4);
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  if (length !== undefined) {
    return body.length >= Number(length) ? body : undefined;
  }
  return body.endsWith('0\r\n\r\n') ? body : undefined;
}
