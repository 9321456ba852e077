import { decodeEncodedWords } from './encoded-words.ts';
import { MalformedRequestError, RequestTooLargeError } from './errors.ts';
import { parseDisposition, parseParameters } from './parameters.ts';

/** The header of a part. The client chooses all of it, so none of it can be trusted. */
export interface PartHeader {
  readonly name: string;
  readonly fileName: string | undefined;
  /** In lower case, without parameters. */
  readonly mediaType: string;
  /** Charset of a text field, such as `utf-8`. Undefined if the part does not declare it. */
  readonly charset: string | undefined;
  readonly isFile: boolean;
}

export const MAX_PART_HEADER_BYTES = 8 * 1024;
export const MAX_PART_HEADERS = 20;

/**
 * Encodings that leave the bytes unchanged. RFC 7578, section 4.7 deprecates the header, and clients send no other
 * encodings.
 */
const PLAIN_ENCODINGS = new Set(['7bit', '8bit', 'binary']);

/** Matches a header and captures its name and value. */
const HEADER_LINE = /^([\w!#$%&'*+.^`|~-]+)[ \t]*:[ \t]*(.*)$/;

/**
 * Parses the header of a part (RFC 7578). A part is a file if it has a file name, or a media type other than text,
 * because a file need not have a name.
 * Throws RequestTooLargeError or MalformedRequestError. An ambiguous header is malformed.
 * @param lines header lines without the empty line after them. Each character stands for a byte.
 */
export function readPartHeader(lines: string): PartHeader {
  const headers = readLines(lines);
  const disposition = onlyValue(headers, 'content-disposition');
  if (disposition === undefined) {
    throw new MalformedRequestError(
      'A part has no Content-Disposition header. Send a header such as form-data; name="operations".',
    );
  }
  const { value, parameters } = parseDisposition(asUtf8(disposition));
  const name = unescapeName(parameters.get('name'));
  if (value !== 'form-data' || name === undefined) {
    throw new MalformedRequestError(
      'The Content-Disposition of every part must be "form-data" and have a "name".',
    );
  }
  const encoding = onlyValue(headers, 'content-transfer-encoding')?.trim().toLowerCase() ?? 'binary';
  if (!PLAIN_ENCODINGS.has(encoding)) {
    throw new MalformedRequestError(
      `The part ${JSON.stringify(name)} has the Content-Transfer-Encoding ${JSON.stringify(encoding)}. ` +
        'Send its bytes unencoded.',
    );
  }
  // An empty header means the same as no header: text/plain (RFC 7578, section 4.4).
  const media = parseParameters(asUtf8(onlyValue(headers, 'content-type') ?? ''));
  const fileName = extendedValue(parameters.get('filename*')) ?? plainFileName(parameters.get('filename'));
  return {
    name,
    fileName,
    mediaType: media.value || (fileName === undefined ? 'text/plain' : 'application/octet-stream'),
    charset: media.parameters.get('charset'),
    isFile: fileName !== undefined || (media.value !== '' && !isText(media.value)),
  };
}

/** Returns the values of each header by its name in lower case. */
function readLines(text: string): Map<string, string[]> {
  const headers = new Map<string, string[]>();
  // A line that begins with a space or tab continues the previous line (RFC 5322, section 2.2.3).
  const lines = text === '' ? [] : text.replace(/\r\n(?=[ \t])/g, '').split('\r\n');
  if (lines.length > MAX_PART_HEADERS) {
    throw new RequestTooLargeError(
      `A part has more than ${MAX_PART_HEADERS} headers. Send fewer headers.`,
      MAX_PART_HEADERS,
    );
  }
  for (const line of lines) {
    const [, name, value = ''] = HEADER_LINE.exec(line) ?? [];
    if (name === undefined) {
      throw new MalformedRequestError(
        `The part header ${JSON.stringify(line)} cannot be read. Use the form "Name: value".`,
      );
    }
    const key = name.toLowerCase();
    headers.set(key, [...(headers.get(key) ?? []), value]);
  }
  return headers;
}

/**
 * Returns the value of a header. Throws MalformedRequestError if the header occurs twice. Headers that are not used may
 * occur twice.
 */
function onlyValue(headers: ReadonlyMap<string, readonly string[]>, name: string): string | undefined {
  const values = headers.get(name) ?? [];
  if (values.length > 1) {
    throw new MalformedRequestError(`A part has the header "${name}" twice. Send it once.`);
  }
  return values[0];
}

/** Returns whether a media type is text. JSON counts, because some clients send `operations` and `map` as JSON. */
function isText(mediaType: string): boolean {
  return mediaType.startsWith('text/') || /^application\/([\w.-]+\+)?json$/.test(mediaType);
}

/**
 * Decodes a value such as `utf-8''na%C3%AFve.png` (RFC 5987). Forms should not use this encoding, but some clients
 * send it in addition to the plain name.
 */
function extendedValue(value: string | undefined): string | undefined {
  const encoded = /^utf-8'[^']*'(.*)$/i.exec(value ?? '')?.[1];
  try {
    return encoded && decodeURIComponent(encoded);
  } catch {
    return undefined;
  }
}

function plainFileName(value: string | undefined): string | undefined {
  const fileName = unescapeName(value);
  return fileName && decodeEncodedWords(fileName);
}

/**
 * Decodes the escapes that browsers write for quotes and line breaks in a name:
 * https://html.spec.whatwg.org/#multipart-form-data
 */
function unescapeName(name: string | undefined): string | undefined {
  return name?.replace(/%(?:22|0d|0a)/gi, decodeURIComponent);
}

function asUtf8(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
