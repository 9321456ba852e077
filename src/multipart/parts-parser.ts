import { MalformedRequestError, RequestTooLargeError } from './errors.ts';
import { GrowingBuffer } from './growing-buffer.ts';
import { MAX_PART_HEADER_BYTES, type PartHeader, readPartHeader } from './part-header.ts';

export interface PartsOptions {
  readonly boundary: string;
  readonly maxParts: number;
  /** Bytes of one text field. */
  readonly maxFieldBytes: number;
}

/** Takes the content of one part. */
export interface PartContent {
  /** @returns false if the sender should pause. */
  write(bytes: Buffer): boolean;
  /** All of it was written, and the delimiter behind it is one. Not called if the body breaks off. */
  end(): void;
}

/** Told in the order of the wire. What a handler throws fails the parser. */
export interface PartsHandlers {
  /** A text field has begun. Throws to refuse it. */
  beginField(header: PartHeader): void;
  /** Called after a text field has grown. @param bytes of memory that it takes now. */
  fieldGrew(bytes: number): void;
  /** A text field, whole. */
  field(header: PartHeader, text: string): void;
  /** A file has begun. @returns what takes its content; undefined to skip it. */
  file(header: PartHeader): PartContent | undefined;
  /** The body has ended, and its closing delimiter was there. */
  end(): void;
  /** Nothing else is told after it. */
  fail(error: Error): void;
}

/**
 * Where in the body the parser is: at its first byte, before the first delimiter, behind one that another part or the
 * end follows, within the blanks and the line break behind it, in the header or the content of a part, behind the line of
 * the last delimiter.
 */
type Place = 'begin' | 'preamble' | 'delimiter' | 'padding' | 'header' | 'content' | 'epilogue';

const CR = 0x0d;
const LF = 0x0a;
const TAB = 0x09;
const SPACE = 0x20;
const DASH = 0x2d;
const LINE_BREAK = '\r\n';
const HEADER_END = Buffer.from('\r\n\r\n');

/**
 * Cuts a `multipart/form-data` body into its parts as it comes (RFC 2046 section 5.1.1, RFC 7578). The content of a
 * file is handed on as it lies in the chunks, uncopied but for a chunk behind one that ended with what might begin a
 * delimiter. What could be read in two ways is refused.
 */
export class PartsParser {
  readonly #options: PartsOptions;
  readonly #handlers: PartsHandlers;
  readonly #delimiter: Buffer;
  #place: Place = 'begin';
  /** The unread rest of the last chunk, whose meaning depends on the next bytes. */
  #rest = new GrowingBuffer();
  /** Bytes of a header, from its start, in which its end was searched for and not found. */
  #searched = 0;
  /** Bytes that were looked at to find a delimiter, but belong to the header before the content. */
  #notContent = 0;
  #content: PartContent | undefined;
  /** What the content said to the chunk that is being written; of a part that ended, it counts no more. */
  #goOn = true;
  /** The delimiter that was found last is the one that ends the body. */
  #closing = false;
  /** Of text that names none (RFC 7578, section 4.6). */
  #charset = 'utf-8';
  #parts = 0;
  #failed = false;

  constructor(options: PartsOptions, handlers: PartsHandlers) {
    this.#options = options;
    this.#handlers = handlers;
    this.#delimiter = Buffer.from(`${LINE_BREAK}--${options.boundary}`);
  }

  /** @returns false if the next chunk should wait, as a part's content said. */
  write(chunk: Buffer): boolean {
    if (this.#failed) {
      return true;
    }
    const bytes = this.#withRest(chunk);
    this.#goOn = true;
    try {
      let at = 0;
      let place: Place;
      do {
        place = this.#place;
        at = this.#step(bytes, at);
      } while (this.#place !== place);
      this.#keepRest(bytes, at);
    } catch (error) {
      this.#fail(error as Error);
    }
    return this.#goOn;
  }

  /** Returns the unread rest of the last chunk, followed by the next chunk. */
  #withRest(chunk: Buffer): Buffer {
    if (this.#rest.length === 0) {
      return chunk;
    }
    this.#rest.append(chunk);
    return this.#rest.bytes();
  }

  /**
   * Copies the unread rest of a chunk, because a few bytes would keep the whole chunk alive while the client stalls. The
   * rest stays in place if nothing of it was read. Otherwise a header that arrives byte by byte would be copied each time.
   */
  #keepRest(bytes: Buffer, at: number): void {
    if (at > 0 || this.#rest.length === 0) {
      this.#rest = new GrowingBuffer();
      this.#rest.append(bytes.subarray(at));
    }
  }

  /** The body has ended. */
  end(): void {
    if (this.#failed) {
      return;
    }
    try {
      if (this.#place === 'padding' && this.#closing && this.#rest.length === 0) {
        this.#endLine();
      }
      if (this.#place !== 'epilogue') {
        throw new MalformedRequestError('The multipart body is malformed or breaks off.');
      }
      this.#handlers.end();
    } catch (error) {
      this.#fail(error as Error);
    }
  }

  /** Reads on in one place. @returns where to go on: in another place, or with the next chunk. */
  #step(bytes: Buffer, at: number): number {
    switch (this.#place) {
      case 'begin':
        return this.#readBegin(bytes, at);
      case 'preamble':
      case 'content':
        return this.#findDelimiter(bytes, at);
      case 'delimiter':
        return this.#readDelimiterEnd(bytes, at);
      case 'padding':
        return this.#skipPadding(bytes, at);
      case 'header':
        return this.#readHeader(bytes, at);
      case 'epilogue':
        return bytes.length;
    }
  }

  /** A delimiter there needs no line break before it. */
  #readBegin(bytes: Buffer, at: number): number {
    const first = this.#delimiter.subarray(LINE_BREAK.length);
    if (bytes.length < first.length) {
      return at;
    }
    const begins = bytes.subarray(0, first.length).equals(first);
    this.#place = begins ? 'delimiter' : 'preamble';
    return begins ? first.length : at;
  }

  #findDelimiter(bytes: Buffer, at: number): number {
    const found = bytes.indexOf(this.#delimiter, at);
    const end = found === -1 ? this.#beginOfDelimiter(bytes) : found;
    const from = Math.min(at + this.#notContent, end);
    this.#notContent -= from - at;
    if (from < end) {
      this.#goOn = this.#content?.write(bytes.subarray(from, end)) ?? true;
    }
    if (found === -1) {
      return end;
    }
    this.#place = 'delimiter';
    return found + this.#delimiter.length;
  }

  /** Where the bytes end with what may be the beginning of a delimiter. It holds one CR, as its first byte. */
  #beginOfDelimiter(bytes: Buffer): number {
    const last = bytes.lastIndexOf(CR);
    const length = bytes.length - last;
    const begins =
      last !== -1 && length < this.#delimiter.length && bytes.compare(this.#delimiter, 0, length, last) === 0;
    return begins ? last : bytes.length;
  }

  #readDelimiterEnd(bytes: Buffer, at: number): number {
    if (bytes.length < at + 2) {
      return at;
    }
    this.#closing = bytes[at] === DASH && bytes[at + 1] === DASH;
    this.#place = 'padding';
    return this.#closing ? at + 2 : at;
  }

  /** Blanks are allowed there ("transport padding"). The line break is left to the header, which may be empty. */
  #skipPadding(bytes: Buffer, at: number): number {
    let end = at;
    while (bytes[end] === SPACE || bytes[end] === TAB) {
      end += 1;
    }
    if (bytes.length >= end + LINE_BREAK.length) {
      if (bytes[end] !== CR || bytes[end + 1] !== LF) {
        throw new MalformedRequestError(
          'A delimiter of the multipart body does not stand alone in its line.',
        );
      }
      this.#endLine();
    }
    return end;
  }

  /** The line of a delimiter was read. Only now is the part before it whole: what something else ends is none. */
  #endLine(): void {
    this.#content?.end();
    this.#content = undefined;
    this.#goOn = true;
    this.#place = this.#closing ? 'epilogue' : 'header';
  }

  #readHeader(bytes: Buffer, at: number): number {
    const end = bytes.indexOf(HEADER_END, at + this.#searched);
    const begin = at + LINE_BREAK.length;
    // The last bytes may be the beginning of its end.
    const atLeast = end === -1 ? bytes.length - (HEADER_END.length - 1) : end;
    if (atLeast - begin > MAX_PART_HEADER_BYTES) {
      throw new RequestTooLargeError(
        `The headers of a part may have at most ${MAX_PART_HEADER_BYTES} bytes.`,
        MAX_PART_HEADER_BYTES,
      );
    }
    if (end === -1) {
      this.#searched = Math.max(0, atLeast - at);
      return at;
    }
    this.#searched = 0;
    if (bytes.subarray(at, end).includes(this.#delimiter)) {
      throw new MalformedRequestError('A part ends within its header.');
    }
    this.#beginPart(readPartHeader(bytes.toString('latin1', begin, end)));
    this.#place = 'content';
    // The header's last line break may be the one that begins a delimiter: the part has no content then.
    this.#notContent = LINE_BREAK.length;
    return end + LINE_BREAK.length;
  }

  #beginPart(header: PartHeader): void {
    const { maxParts } = this.#options;
    this.#parts += 1;
    if (this.#parts > maxParts) {
      throw new RequestTooLargeError(`The body has more than ${maxParts} parts.`, maxParts);
    }
    if (header.isFile) {
      this.#content = this.#handlers.file(header);
    } else {
      this.#handlers.beginField(header);
      this.#content = this.#gatherField(header);
    }
  }

  #gatherField(header: PartHeader): PartContent {
    const { maxFieldBytes } = this.#options;
    const content = new GrowingBuffer();
    return {
      write: (bytes) => {
        if (content.length + bytes.length > maxFieldBytes) {
          throw new RequestTooLargeError(
            `The field ${JSON.stringify(header.name)} is larger than ${maxFieldBytes} bytes.`,
            maxFieldBytes,
          );
        }
        content.append(bytes);
        this.#handlers.fieldGrew(content.capacity);
        return true;
      },
      end: () => {
        const text = decodeText(header.name, header.charset ?? this.#charset, content.bytes());
        content.free();
        if (header.name === '_charset_') {
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

function decodeText(name: string, charset: string, bytes: Buffer): string {
  try {
    return new TextDecoder(charset, { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new MalformedRequestError(
      `The field ${JSON.stringify(name)} is not text in ${JSON.stringify(charset)}.`,
      { cause },
    );
  }
}
