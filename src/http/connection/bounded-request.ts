import { IncomingMessage } from 'node:http';
import { FragmentedBodyError } from '../../multipart/errors.ts';
import { GrowingBuffer } from '../../multipart/growing-buffer.ts';
import { Fragmentation } from './fragmentation.ts';
import { stopParsing } from './stop-parsing.ts';

/** Bytes below which a chunk waits for the next ones. Senders that buffer send larger chunks. */
const SMALL_CHUNK_BYTES = 4 * 1024;
/** Bytes of small chunks that are passed on without waiting for more. */
const MAX_GATHERED_BYTES = 16 * 1024;

/**
 * A request whose reader takes no more time for a body in many small chunks than for the same body in few. The small
 * chunks that the server receives in one turn of the event loop are joined. Node's parser still takes time for each one,
 * so their number is limited, whether or not anybody reads them. Beyond the limit the parser stops, and the request is
 * destroyed with FragmentedBodyError. The connection stays open for the response: see `closeUnparsed`.
 */
export class BoundedRequest extends IncomingMessage {
  readonly #fragmentation = new Fragmentation();
  /** The first small chunk, as long as it is the only one. */
  #chunk: Buffer | undefined;
  #joined: GrowingBuffer | undefined;
  #timer: NodeJS.Immediate | undefined;

  /** Node calls this for each chunk, and with null at the end of the body. */
  override push(chunk: Buffer | null): boolean {
    if (this.destroyed) {
      // For false, Node would pause the connection, which `closeUnparsed` may already read.
      return true;
    }
    if (chunk !== null && this.#fragmentation.exceededBy(chunk)) {
      stopParsing(this.socket);
      this.destroy(new FragmentedBodyError());
      return false;
    }
    if (chunk !== null && chunk.length < SMALL_CHUNK_BYTES) {
      return this.#gather(chunk);
    }
    this.#passOn();
    return super.push(chunk);
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    clearImmediate(this.#timer);
    this.#chunk = undefined;
    this.#joined = undefined;
    if (error instanceof FragmentedBodyError) {
      // Node's own method would destroy the connection. Readers find the error in `errored` when `close` is emitted.
      callback();
    } else {
      super._destroy(error, callback);
    }
  }

  #gather(chunk: Buffer): boolean {
    if (this.#chunk === undefined) {
      this.#chunk = chunk;
      this.#timer = setImmediate(() => this.#passOn());
    } else {
      if (this.#joined === undefined) {
        this.#joined = new GrowingBuffer();
        this.#joined.append(this.#chunk);
      }
      this.#joined.append(chunk);
    }
    const bytes = this.#joined?.length ?? chunk.length;
    if (bytes >= MAX_GATHERED_BYTES) {
      return this.#passOn();
    }
    return this.readableLength + bytes < this.readableHighWaterMark;
  }

  /** Passes the gathered chunks to the reader. @returns false if the client should wait. */
  #passOn(): boolean {
    const bytes = this.#joined?.bytes() ?? this.#chunk;
    clearImmediate(this.#timer);
    this.#chunk = undefined;
    this.#joined = undefined;
    return bytes === undefined || super.push(bytes);
  }
}

/**
 * Returns whether a request is destroyed because of its chunks. Its `complete` can be true nevertheless, if the body ends
 * in the same read as the chunk too many. Nothing more can be parsed on its connection.
 */
export function isFragmented(request: IncomingMessage): boolean {
  return request.errored instanceof FragmentedBodyError;
}
