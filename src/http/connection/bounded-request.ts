import type { IncomingMessage as Request } from 'node:http';
import { FragmentedBodyError } from '../../multipart/errors.ts';
import { JoinedChunks } from '../../multipart/joined-chunks.ts';
import { IncomingMessage } from '../node-http.ts';
import { closeReadBody } from './close-read-body.ts';
import { Fragmentation } from './fragmentation.ts';
import { stopParsing } from './stop-parsing.ts';

/** Bytes below which a chunk waits for more chunks. Clients that buffer send larger ones. */
const SMALL_CHUNK_BYTES = 4 * 1024;
/** Bytes of small chunks that the request passes on without waiting for more. */
const MAX_GATHERED_BYTES = 16 * 1024;

/** Reader of a body that gets the chunks from Node's parser, without the events of a stream. */
export interface BodyReader {
  /** Called for each chunk, which can be a single byte. */
  onChunk(chunk: Buffer): void;
  /** Called after the last chunk. */
  onEnd(): void;
  /** Called instead of `onEnd` if the request is destroyed before the body ends. */
  onDestroy(): void;
}

/**
 * Request whose reader takes no more time for a body in many small chunks than for the same body in few. The request
 * joins small chunks that arrive in one turn of the event loop. Node's parser still takes time for each of them, so
 * their number is limited, whether or not a reader exists. Beyond the limit, the request stops the parser and destroys
 * itself with FragmentedBodyError. The connection stays open for the response: see `closeUnparsed`.
 */
export class BoundedRequest extends IncomingMessage {
  /** Undefined until the first chunk, because most requests have no body. */
  #fragmentation: Fragmentation | undefined;
  /** Small chunks that wait for more. */
  #gathered: JoinedChunks | undefined;
  #timer: NodeJS.Immediate | undefined;
  #reader: BodyReader | undefined;

  /** Passes the body to a reader instead of the stream. The reader first gets what has already arrived. */
  readBody(reader: BodyReader): void {
    this.#passOn();
    this.#reader = reader;
    const arrived: Buffer | null = this.read();
    if (arrived !== null) {
      reader.onChunk(arrived);
    }
    // Node ends and destroys the stream of a request without a body before the request is complete.
    if (this.readableEnded || (this.complete && !this.destroyed)) {
      this.#takeReader()?.onEnd();
    } else if (this.destroyed) {
      this.#takeReader()?.onDestroy();
    }
  }

  /** Passes the rest of the body to the stream. */
  stopReading(): void {
    this.#reader = undefined;
  }

  /** Node calls this for each chunk, and with null at the end of the body. */
  override push(chunk: Buffer | null): boolean {
    if (this.destroyed) {
      // If this returned false, Node would pause the connection, which `closeUnparsed` may already be reading.
      return true;
    }
    if (chunk === null) {
      return this.#end();
    }
    this.#fragmentation ??= new Fragmentation();
    if (this.#fragmentation.exceededBy(chunk)) {
      stopParsing(this.socket);
      this.destroy(new FragmentedBodyError());
      return false;
    }
    if (this.#reader !== undefined) {
      this.#reader.onChunk(chunk);
      return true;
    }
    if (chunk.length < SMALL_CHUNK_BYTES) {
      return this.#gather(chunk);
    }
    this.#passOn();
    return super.push(chunk);
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    clearImmediate(this.#timer);
    this.#gathered = undefined;
    this.#takeReader()?.onDestroy();
    if (error instanceof FragmentedBodyError) {
      // Node's method would destroy the connection. Readers find the error in `errored` after `close`.
      callback();
    } else {
      super._destroy(error, callback);
    }
  }

  #end(): boolean {
    const reader = this.#takeReader();
    if (reader === undefined) {
      this.#passOn();
      return super.push(null);
    }
    if (!closeReadBody(this)) {
      super.push(null);
      this.resume();
    }
    reader.onEnd();
    return true;
  }

  #takeReader(): BodyReader | undefined {
    const reader = this.#reader;
    this.#reader = undefined;
    return reader;
  }

  #gather(chunk: Buffer): boolean {
    if (this.#gathered === undefined) {
      this.#gathered = new JoinedChunks();
      this.#timer = setImmediate(() => this.#passOn());
    }
    this.#gathered.append(chunk);
    const { length } = this.#gathered;
    return length >= MAX_GATHERED_BYTES
      ? this.#passOn()
      : this.readableLength + length < this.readableHighWaterMark;
  }

  /** Passes the gathered chunks to the stream. @returns false if Node should pause the connection. */
  #passOn(): boolean {
    const gathered = this.#gathered;
    clearImmediate(this.#timer);
    this.#gathered = undefined;
    return gathered === undefined || super.push(gathered.bytes());
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
