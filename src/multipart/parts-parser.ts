import type { Readable } from 'node:stream';
import { Dicer } from '@fastify/busboy';
import { MalformedRequestError, RequestTooLargeError } from './errors.ts';
import {
  MAX_PART_HEADER_BYTES,
  MAX_PART_HEADERS,
  type PartHeader,
  type RawPartHeader,
  readPartHeader,
} from './part-header.ts';
import { TransportPadding } from './transport-padding.ts';

export interface PartsOptions {
  readonly boundary: string;
  readonly maxParts: number;
  /** Bytes of one text field. */
  readonly maxFieldBytes: number;
}

/** Told in the order of the wire. What a handler throws fails the parser. */
export interface PartsHandlers {
  /** A text field, whole. */
  field(header: PartHeader, text: string): void;
  /** A file has begun: its stream is to be read, or resumed. It may fail. */
  file(header: PartHeader, bytes: Readable): void;
  /** The closing delimiter came, and every file was read. */
  end(): void;
  /** Nothing else is told after it. */
  fail(error: Error): void;
  /** More may be written. */
  drain(): void;
}

/** Bytes that Node reads from a socket at once, at most. */
const SOCKET_READ_BYTES = 64 * 1024;

/**
 * Cuts a `multipart/form-data` body into its parts as it comes (RFC 2046, RFC 7578). What could be read in two ways
 * is refused.
 */
export class PartsParser {
  readonly #dicer: Dicer;
  readonly #padding: TransportPadding;
  readonly #options: PartsOptions;
  readonly #handlers: PartsHandlers;
  #parts = 0;
  /** The header of the part that began last has been read. */
  #headed = true;
  /** Hands over the field that began last; its own end may come only after the next part has begun. */
  #endField: () => void = () => {};
  #failed = false;

  constructor(options: PartsOptions, handlers: PartsHandlers) {
    this.#options = options;
    this.#padding = new TransportPadding(options.boundary);
    this.#handlers = handlers;
    // What is more than may be is seen by readPartHeader, not cut off here. Missing in Dicer's types: some options.
    const config = {
      boundary: options.boundary,
      maxHeaderPairs: MAX_PART_HEADERS + 1,
      maxHeaderSize: 2 * MAX_PART_HEADER_BYTES,
      // A read from the socket is as large as a stream's default, and would stop the sender each time.
      highWaterMark: 2 * SOCKET_READ_BYTES,
    };
    this.#dicer = new Dicer(config)
      .on('part', (part: Readable) => this.#guard(() => this.#onPart(part)))
      .on('finish', () => this.#guard(() => this.#onFinish()))
      .on('error', (cause) => this.#fail(brokenOff(cause)))
      .on('drain', () => handlers.drain());
  }

  /** @returns false if the next chunk should wait for {@link PartsHandlers.drain}. */
  write(chunk: Buffer): boolean {
    return this.#dicer.write(this.#padding.remove(chunk));
  }

  /** The body has ended. */
  end(): void {
    this.#dicer.end();
  }

  #onPart(part: Readable): void {
    // That the body breaks off is told by the parser too.
    part.on('error', () => {});
    this.#endPart();
    this.#parts += 1;
    if (this.#parts > this.#options.maxParts) {
      const { maxParts } = this.#options;
      throw new RequestTooLargeError(`The body has more than ${maxParts} parts.`, maxParts);
    }
    this.#headed = false;
    part.on('header', (raw: RawPartHeader) => {
      this.#headed = true;
      this.#guard(() => {
        const header = readPartHeader(raw);
        if (header.isFile) {
          this.#handlers.file(header, part);
        } else {
          this.#readField(header, part);
        }
      });
    });
  }

  #readField(header: PartHeader, part: Readable): void {
    const { maxFieldBytes } = this.#options;
    const chunks: Buffer[] = [];
    let bytes = 0;
    part.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= maxFieldBytes) {
        chunks.push(chunk);
        return;
      }
      this.#fail(
        new RequestTooLargeError(
          `The field ${JSON.stringify(header.name)} is larger than ${maxFieldBytes} bytes.`,
          maxFieldBytes,
        ),
      );
    });
    const end = () => {
      this.#endField = () => {};
      // What is still buffered goes to the listener above.
      while (part.read() !== null);
      if (!this.#failed) {
        this.#handlers.field(header, decodeText(header, Buffer.concat(chunks)));
      }
    };
    this.#endField = end;
    part.on('end', () => {
      if (this.#endField === end) {
        this.#guard(end);
      }
    });
  }

  #endPart(): void {
    if (!this.#headed) {
      throw new MalformedRequestError('A part ends within its header.');
    }
    this.#endField();
  }

  #onFinish(): void {
    this.#endPart();
    this.#handlers.end();
  }

  /** Runs a step unless an earlier one has failed. */
  #guard(step: () => void): void {
    try {
      if (!this.#failed) {
        step();
      }
    } catch (error) {
      this.#fail(error as Error);
    }
  }

  #fail(error: Error): void {
    if (!this.#failed) {
      this.#failed = true;
      this.#handlers.fail(error);
    }
  }
}

function brokenOff(cause: Error): MalformedRequestError {
  return new MalformedRequestError('The multipart body is malformed or breaks off.', { cause });
}

function decodeText({ name, charset }: PartHeader, bytes: Buffer): string {
  try {
    return new TextDecoder(charset, { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new MalformedRequestError(
      `The field ${JSON.stringify(name)} is not text in ${JSON.stringify(charset)}.`,
      { cause },
    );
  }
}
