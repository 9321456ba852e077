import type { IncomingMessage as Request } from 'node:http';
import { FragmentedBodyError } from '../../multipart/errors.ts';
import { GrowingBuffer } from '../../multipart/growing-buffer.ts';
import { IncomingMessage } from '../node-http.ts';
import { Fragmentation } from './fragmentation.ts';
import { stopParsing } from './stop-parsing.ts';

/** Bytes below which a chunk waits for more chunks. Clients that buffer send larger ones. */
const SMALL_CHUNK_BYTES = 4 * 1024;
/** Bytes of small chunks that the request passes on without waiting for more. */
const MAX_GATHERED_BYTES = 16 * 1024;

/**
 * Request whose reader takes no more time for a body in many small chunks than for the same body in few. The request
 * joins small chunks that arrive in one turn of the event loop. Node's parser still takes time for each of them, so
 * their number is limited, whether or not a reader exists. Beyond the limit, the request stops the parser and destroys
 * itself with FragmentedBodyError. The connection stays open for the response: see `closeUnparsed`.
 */
export class BoundedRequest extends IncomingMessage {
  /** Undefined until the first chunk, because most requests have no body. */
  #fragmentation: Fragmentation | undefined;
  /** First small chunk, if no other has followed. */
  #chunk: Buffer | undefined;
  #joined: GrowingBuffer | undefined;
  #timer: NodeJS.Immediate | undefined;

  /** Node calls this for each chunk, and with null at the end of the body. */
  override push(chunk: Buffer | null): boolean {
    if (this.destroyed) {
      // If this returned false, Node would pause the connection, which `closeUnparsed` may already be reading.
      return true;
    }
    if (chunk !== null) {
      this.#fragmentation ??= new Fragmentation();
      if (this.#fragmentation.exceededBy(chunk)) {
        stopParsing(this.socket);
        this.destroy(new FragmentedBodyError());
        return false;
      }
      if (chunk.length < SMALL_CHUNK_BYTES) {
        return this.#gather(chunk);
      }
    }
    this.#passOn();
    return super.push(chunk);
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    clearImmediate(this.#timer);
    this.#chunk = undefined;
    this.#joined = undefined;
    if (error instanceof FragmentedBodyError) {
      // Node's method would destroy the connection. Readers find the error in `errored` after `close`.
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

  /** Passes the gathered chunks to the reader. @returns false if Node should pause the connection. */
  #passOn(): boolean {
    const bytes = this.#joined?.bytes() ?? this.#chunk;
    clearImmediate(this.#timer);
    this.#chunk = undefined;
    this.#joined = undefined;
    return bytes === undefined || super.push(bytes);
  }
}

/**
 * Returns whether a request was destroyed because of too many chunks. Its `complete` can still be true, if the body
 * ends in the same read as the chunk that exceeded the limit. The server cannot parse further requests on the
 * connection.
 */
export function isFragmented(request: Request): boolean {
  return request.errored instanceof FragmentedBodyError;
}
