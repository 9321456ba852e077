import { decodeText } from './decode-text.ts';
import { MalformedRequestError, RequestTooLargeError } from './errors.ts';
import { GrowingBuffer } from './growing-buffer.ts';
import { MAX_PART_HEADER_BYTES, type PartHeader, readPartHeader } from './part-header.ts';

export interface PartsOptions {
  readonly boundary: string;
  readonly maxParts: number;
  /** Maximum bytes of one text field. */
  readonly maxFieldBytes: number;
  /** Names of parts that are text fields, even if they have a file name or the media type of a file. */
  readonly fieldNames?: ReadonlySet<string>;
}

/** Receives the content of one part. */
export interface PartContent {
  /** @returns false if the sender should pause. */
  write(bytes: Buffer): boolean;
  /** Called when all content was written and the delimiter after it is valid. Not called if the body is truncated. */
  end(): void;
}

/** Handlers are called in the order of the body. If a handler throws, the parser fails with that error. */
export interface PartsHandlers {
  /** A text field has begun. The handler may throw to reject it. */
  beginField(header: PartHeader): void;
  /** A text field has grown. @param bytes bytes of memory that it takes now. */
  fieldGrew(bytes: number): void;
  /** A text field is complete. */
  field(header: PartHeader, text: string): void;
  /** A file has begun. @returns the receiver of its content, or undefined to skip it. */
  file(header: PartHeader): PartContent | undefined;
  /** The body has ended with its closing delimiter. */
  end(): void;
  /** The parser has failed. No other handler is called after this. */
  fail(error: Error): void;
}

/**
 * Position of the parser in the body: at the first byte, before the first delimiter, directly after a delimiter, in
 * the padding and line break after a delimiter, in the header or content of a part, or after the line of the closing
 * delimiter.
 */
type State = 'begin' | 'preamble' | 'delimiter' | 'padding' | 'header' | 'content' | 'epilogue';

const CR = 0x0d;
const LF = 0x0a;
const TAB = 0x09;
const SPACE = 0x20;
const DASH = 0x2d;
const LINE_BREAK = '\r\n';
const HEADER_END = Buffer.from('\r\n\r\n');

/**
 * Splits a `multipart/form-data` body into its parts as it arrives (RFC 2046, section 5.1.1, RFC 7578). Passes on the
 * content of files as views of the chunks. A chunk is copied only if the previous chunk ended with the possible start
 * of a delimiter. Rejects ambiguous bodies.
 */
export class PartsParser {
  readonly #options: PartsOptions;
  readonly #handlers: PartsHandlers;
  readonly #delimiter: Buffer;
  #state: State = 'begin';
  /** Unparsed end of the last chunk, whose meaning depends on the next bytes. */
  #rest = new GrowingBuffer();
  /** Number of bytes from the start of a header that were searched for its end. */
  #searched = 0;
  /** Number of header bytes at the start of the search for a delimiter. These bytes are not content. */
  #headerBytes = 0;
  #content: PartContent | undefined;
  /** False if the current part should not get more bytes yet. Reset when a part ends. */
  #wantsMore = true;
  /** True if the last delimiter is the closing delimiter of the body. */
  #isClosing = false;
  /** Charset of text fields that do not declare a charset (RFC 7578, section 4.6). */
  #charset = 'utf-8';
  #parts = 0;
  #failed = false;

  constructor(options: PartsOptions, handlers: PartsHandlers) {
    this.#options = options;
    this.#handlers = handlers;
    this.#delimiter = Buffer.from(`${LINE_BREAK}--${options.boundary}`);
  }

  /** Parses the next chunk. @returns false if the sender should pause, because a part's content returned false. */
  write(chunk: Buffer): boolean {
    if (this.#failed) {
      return true;
    }
    const bytes = this.#withRest(chunk);
    this.#wantsMore = true;
    try {
      let offset = 0;
      let state: State;
      do {
        state = this.#state;
        offset = this.#step(bytes, offset);
      } while (this.#state !== state);
      this.#keepRest(bytes, offset);
    } catch (error) {
      this.#fail(error as Error);
    }
    return this.#wantsMore;
  }

  /** Returns the unparsed end of the last chunk, followed by the next chunk. */
  #withRest(chunk: Buffer): Buffer {
    if (this.#rest.length === 0) {
      return chunk;
    }
    this.#rest.append(chunk);
    return this.#rest.bytes();
  }

  /**
   * Copies the unparsed end of a chunk, because a few bytes would keep the whole chunk alive while the client stalls.
   * If nothing was parsed, the copy of the last call stays in place, because a header that arrives byte by byte would
   * otherwise be copied each time.
   */
  #keepRest(bytes: Buffer, offset: number): void {
    if (offset > 0 || this.#rest.length === 0) {
      this.#rest = new GrowingBuffer();
      this.#rest.append(bytes.subarray(offset));
    }
  }

  /** Handles the end of the body. */
  end(): void {
    if (this.#failed) {
      return;
    }
    try {
      if (this.#state === 'padding' && this.#isClosing && this.#rest.length === 0) {
        this.#endLine();
      }
      if (this.#state !== 'epilogue') {
        throw new MalformedRequestError(
          'The multipart body is malformed or incomplete. Send it up to its closing delimiter.',
        );
      }
      this.#handlers.end();
    } catch (error) {
      this.#fail(error as Error);
    }
  }

  /** Parses bytes in the current state. @returns the offset at which the next state or the next chunk continues. */
  #step(bytes: Buffer, offset: number): number {
    switch (this.#state) {
      case 'begin':
        return this.#readBegin(bytes, offset);
      case 'preamble':
      case 'content':
        return this.#findDelimiter(bytes, offset);
      case 'delimiter':
        return this.#readDelimiterEnd(bytes, offset);
      case 'padding':
        return this.#skipPadding(bytes, offset);
      case 'header':
        return this.#readHeader(bytes, offset);
      case 'epilogue':
        return bytes.length;
    }
  }

  /** Reads the start of the body, where a delimiter needs no line break before it. */
  #readBegin(bytes: Buffer, offset: number): number {
    const first = this.#delimiter.subarray(LINE_BREAK.length);
    if (bytes.length < first.length) {
      return offset;
    }
    const begins = bytes.subarray(0, first.length).equals(first);
    this.#state = begins ? 'delimiter' : 'preamble';
    return begins ? first.length : offset;
  }

  #findDelimiter(bytes: Buffer, offset: number): number {
    const found = bytes.indexOf(this.#delimiter, offset);
    const end = found === -1 ? this.#findPartialDelimiter(bytes) : found;
    const from = Math.min(offset + this.#headerBytes, end);
    this.#headerBytes -= from - offset;
    if (from < end) {
      this.#wantsMore = this.#content?.write(bytes.subarray(from, end)) ?? true;
    }
    if (found === -1) {
      return end;
    }
    this.#state = 'delimiter';
    return found + this.#delimiter.length;
  }

  /**
   * Returns the offset of the possible start of a delimiter at the end of the bytes, or the number of bytes if there
   * is none. Only the last CR can be such a start, because a delimiter has no other CR than its first byte.
   */
  #findPartialDelimiter(bytes: Buffer): number {
    const last = bytes.lastIndexOf(CR);
    const length = bytes.length - last;
    const begins =
      last !== -1 && length < this.#delimiter.length && bytes.compare(this.#delimiter, 0, length, last) === 0;
    return begins ? last : bytes.length;
  }

  #readDelimiterEnd(bytes: Buffer, offset: number): number {
    if (bytes.length < offset + 2) {
      return offset;
    }
    this.#isClosing = bytes[offset] === DASH && bytes[offset + 1] === DASH;
    this.#state = 'padding';
    return this.#isClosing ? offset + 2 : offset;
  }

  /**
   * Skips spaces and tabs after a delimiter ("transport padding"). Leaves the line break to the header, which may be
   * empty.
   */
  #skipPadding(bytes: Buffer, offset: number): number {
    let end = offset;
    while (bytes[end] === SPACE || bytes[end] === TAB) {
      end += 1;
    }
    if (bytes.length >= end + LINE_BREAK.length) {
      if (bytes[end] !== CR || bytes[end + 1] !== LF) {
        throw new MalformedRequestError(
          'A delimiter of the multipart body is not alone on its line. ' +
            'Use a boundary that does not occur in the content.',
        );
      }
      this.#endLine();
    }
    return end;
  }

  /**
   * Handles the end of a delimiter's line. Only now is the part before it known to be complete, because anything else
   * on the line would make the delimiter invalid.
   */
  #endLine(): void {
    this.#content?.end();
    this.#content = undefined;
    this.#wantsMore = true;
    this.#state = this.#isClosing ? 'epilogue' : 'header';
  }

  #readHeader(bytes: Buffer, offset: number): number {
    const end = bytes.indexOf(HEADER_END, offset + this.#searched);
    const begin = offset + LINE_BREAK.length;
    // The last bytes may be the beginning of the header's end.
    const atLeast = end === -1 ? bytes.length - (HEADER_END.length - 1) : end;
    if (atLeast - begin > MAX_PART_HEADER_BYTES) {
      throw new RequestTooLargeError(
        `The headers of a part are larger than ${MAX_PART_HEADER_BYTES} bytes. Send shorter headers.`,
        MAX_PART_HEADER_BYTES,
      );
    }
    if (end === -1) {
      this.#searched = Math.max(0, atLeast - offset);
      return offset;
    }
    this.#searched = 0;
    if (bytes.subarray(offset, end).includes(this.#delimiter)) {
      throw new MalformedRequestError(
        'A part ends within its header. Separate the header from the content with an empty line.',
      );
    }
    this.#beginPart(readPartHeader(bytes.toString('latin1', begin, end)));
    this.#state = 'content';
    // The last line break of the header may also begin a delimiter. The part then has no content.
    this.#headerBytes = LINE_BREAK.length;
    return end + LINE_BREAK.length;
  }

  #beginPart(header: PartHeader): void {
    const { maxParts, fieldNames } = this.#options;
    this.#parts += 1;
    if (this.#parts > maxParts) {
      throw new RequestTooLargeError(`The body has more than ${maxParts} parts. Send fewer parts.`, maxParts);
    }
    if (header.isFile && !fieldNames?.has(header.name)) {
      this.#content = this.#handlers.file(header);
    } else {
      this.#handlers.beginField(header);
      this.#content = this.#collectField(header);
    }
  }

  #collectField(header: PartHeader): PartContent {
    const { maxFieldBytes } = this.#options;
    const content = new GrowingBuffer();
    return {
      write: (bytes) => {
        if (content.length + bytes.length > maxFieldBytes) {
          const advice =
            header.fileName === undefined
              ? 'Send a shorter value.'
              : 'If the part is a picture, send it under another name.';
          throw new RequestTooLargeError(
            `The field ${JSON.stringify(header.name)} is larger than ${maxFieldBytes} bytes. ${advice}`,
            maxFieldBytes,
          );
        }
        content.append(bytes);
        this.#handlers.fieldGrew(content.capacity);
        return true;
      },
      end: () => {
        const text = decodeText(header.name, header.charset || this.#charset, content.bytes());
        content.free();
        if (header.name === '_charset_' && text !== '') {
          this.#charset = text;
        }
        this.#handlers.field(header, text);
      },
    };
  }

  #fail(error: Error): void {
    this.#failed = true;
    this.#handlers.fail(error);
  }
}
