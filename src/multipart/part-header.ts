import { MalformedRequestError, RequestTooLargeError } from './errors.ts';
import { parseParameters } from './parameters.ts';

/** What the header of a part says. All of it is the client's word. */
export interface PartHeader {
  readonly name: string;
  readonly fileName: string | undefined;
  /** In lower case, without parameters. */
  readonly mediaType: string;
  /** Of text: a label such as `utf-8`, if the part names one. */
  readonly charset: string | undefined;
  readonly isFile: boolean;
}

export const MAX_PART_HEADER_BYTES = 8 * 1024;
export const MAX_PART_HEADERS = 20;

/** RFC 7578 section 4.7 forbids all others, which nobody sends. */
const PLAIN_ENCODINGS = new Set(['7bit', '8bit', 'binary']);

/** A header's name, and its value. */
const HEADER_LINE = /^([\w!#$%&'*+.^`|~-]+)[ \t]*:[ \t]*(.*)$/;

/**
 * Reads the header of a part (RFC 7578). A part is a file if it has a file name, or a media type that is no text:
 * a name is not required of a file.
 * Throws MalformedRequestError, also for what could be read in two ways, or RequestTooLargeError.
 * @param lines without the empty one behind them; a character stands for a byte.
 */
export function readPartHeader(lines: string): PartHeader {
  const headers = readLines(lines);
  const disposition = only(headers, 'content-disposition');
  if (disposition === undefined) {
    throw new MalformedRequestError('A part has no Content-Disposition header.');
  }
  const { value, parameters } = parseParameters(asUtf8(disposition));
  const name = unescapeName(parameters.get('name'));
  if (value !== 'form-data' || name === undefined) {
    throw new MalformedRequestError(
      'The Content-Disposition of every part must be "form-data" and have a "name".',
    );
  }
  const encoding = only(headers, 'content-transfer-encoding')?.trim().toLowerCase() ?? 'binary';
  if (!PLAIN_ENCODINGS.has(encoding)) {
    throw new MalformedRequestError(
      `The part ${JSON.stringify(name)} has the Content-Transfer-Encoding ${JSON.stringify(encoding)}; please send its bytes as they are.`,
    );
  }
  const contentType = only(headers, 'content-type');
  const media = contentType === undefined ? undefined : parseParameters(asUtf8(contentType));
  const fileName = extendedValue(parameters.get('filename*')) ?? unescapeName(parameters.get('filename'));
  return {
    name,
    fileName,
    mediaType: media?.value ?? (fileName === undefined ? 'text/plain' : 'application/octet-stream'),
    charset: media?.parameters.get('charset'),
    isFile: fileName !== undefined || (media !== undefined && !isText(media.value)),
  };
}

/** The values of each header, by its name in lower case. */
function readLines(text: string): Map<string, string[]> {
  const headers = new Map<string, string[]>();
  // A line that begins with a blank goes on with the one before (RFC 5322 section 2.2.3).
  const lines = text === '' ? [] : text.replace(/\r\n(?=[ \t])/g, '').split('\r\n');
  if (lines.length > MAX_PART_HEADERS) {
    throw new RequestTooLargeError(`A part may have at most ${MAX_PART_HEADERS} headers.`, MAX_PART_HEADERS);
  }
  for (const line of lines) {
    const [, name, value = ''] = HEADER_LINE.exec(line) ?? [];
    if (name === undefined) {
      throw new MalformedRequestError(`A part has a header that cannot be read: ${JSON.stringify(line)}.`);
    }
    const key = name.toLowerCase();
    headers.set(key, [...(headers.get(key) ?? []), value]);
  }
  return headers;
}

/** Others may come twice: they mean nothing here. */
function only(headers: ReadonlyMap<string, readonly string[]>, name: string): string | undefined {
  const values = headers.get(name) ?? [];
  if (values.length > 1) {
    throw new MalformedRequestError(`A part has the header "${name}" twice.`);
  }
  return values[0];
}

/** JSON is text here: it is how some clients label `operations` and `map`. */
function isText(mediaType: string): boolean {
  return mediaType.startsWith('text/') || /^application\/([\w.-]+\+)?json$/.test(mediaType);
}

/** `utf-8''na%C3%AFve.png` (RFC 5987): not for forms, but some clients send it beside the plain name. */
function extendedValue(value: string | undefined): string | undefined {
  const encoded = /^utf-8'[^']*'(.*)$/i.exec(value ?? '')?.[1];
  try {
    return encoded && decodeURIComponent(encoded);
  } catch {
    return undefined;
  }
}

/** What browsers write in place of quotes and line breaks in a name: https://html.spec.whatwg.org/#multipart-form-data */
function unescapeName(name: string | undefined): string | undefined {
  return name?.replace(/%(?:22|0d|0a)/gi, decodeURIComponent);
}

function asUtf8(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
