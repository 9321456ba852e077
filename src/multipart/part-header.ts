import { MalformedRequestError, RequestTooLargeError } from './errors.ts';
import { parseParameters } from './parameters.ts';

/** What the header of a part says. All of it is the client's word. */
export interface PartHeader {
  readonly name: string;
  readonly fileName: string | undefined;
  /** In lower case, without parameters. */
  readonly mediaType: string;
  /** Of text: a label such as `utf-8`. */
  readonly charset: string;
  readonly isFile: boolean;
}

/** As the parser finds them: names in lower case, each with its values, whose characters stand for bytes. */
export type RawPartHeader = Readonly<Record<string, readonly string[]>>;

export const MAX_PART_HEADER_BYTES = 8 * 1024;
export const MAX_PART_HEADERS = 20;

/** RFC 7578 section 4.7 forbids all others, which nobody sends. */
const PLAIN_ENCODINGS = new Set(['7bit', '8bit', 'binary']);

/**
 * Reads the header of a part (RFC 7578). A part is a file if it has a file name, or a media type that is no text:
 * a name is not required of a file.
 * Throws MalformedRequestError, also for what could be read in two ways, or RequestTooLargeError.
 */
export function readPartHeader(raw: RawPartHeader): PartHeader {
  checkSize(raw);
  const disposition = only(raw, 'content-disposition');
  if (disposition === undefined) {
    throw new MalformedRequestError('A part has no readable Content-Disposition header.');
  }
  const { value, parameters } = parseParameters(asUtf8(disposition));
  const name = parameters.get('name');
  if (value !== 'form-data' || name === undefined) {
    throw new MalformedRequestError(
      'The Content-Disposition of every part must be "form-data" and have a "name".',
    );
  }
  const encoding = only(raw, 'content-transfer-encoding')?.trim().toLowerCase() ?? 'binary';
  if (!PLAIN_ENCODINGS.has(encoding)) {
    throw new MalformedRequestError(
      `The part ${JSON.stringify(name)} has the Content-Transfer-Encoding ${JSON.stringify(encoding)}; please send its bytes as they are.`,
    );
  }
  const contentType = only(raw, 'content-type');
  const media = contentType === undefined ? undefined : parseParameters(asUtf8(contentType));
  const fileName = extendedValue(parameters.get('filename*')) ?? parameters.get('filename');
  return {
    name,
    fileName,
    mediaType: media?.value ?? (fileName === undefined ? 'text/plain' : 'application/octet-stream'),
    charset: media?.parameters.get('charset') ?? 'utf-8',
    isFile: fileName !== undefined || (media !== undefined && !isText(media.value)),
  };
}

function checkSize(raw: RawPartHeader): void {
  let headers = 0;
  let bytes = 0;
  for (const [name, values] of Object.entries(raw)) {
    for (const value of values) {
      headers += 1;
      bytes += name.length + value.length;
    }
  }
  if (headers > MAX_PART_HEADERS) {
    throw new RequestTooLargeError(`A part may have at most ${MAX_PART_HEADERS} headers.`, MAX_PART_HEADERS);
  }
  if (bytes > MAX_PART_HEADER_BYTES) {
    throw new RequestTooLargeError(
      `The headers of a part may have at most ${MAX_PART_HEADER_BYTES} bytes.`,
      MAX_PART_HEADER_BYTES,
    );
  }
}

function only(raw: RawPartHeader, name: string): string | undefined {
  const values = raw[name] ?? [];
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

function asUtf8(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
