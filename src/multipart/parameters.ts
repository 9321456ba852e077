import { MalformedRequestError } from './errors.ts';

export interface ParameterizedValue {
  /** The text before the first semicolon, in lower case. */
  readonly value: string;
  /** Parameters by their names in lower case. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** The parameters of a header value up to the first that cannot be read. */
interface ReadableParameters extends ParameterizedValue {
  /** Offsets of the semicolons before the parameters. */
  readonly offsets: ReadonlyMap<string, number>;
  readonly complete: boolean;
}

/** Matches `; name=token`, `; name="quoted"`, or a semicolon with nothing after it. */
const PARAMETER = /;[ \t]*(?:([\w!#$%&'*+.^`|~-]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))[ \t]*)?/y;
/** Matches a file name up to the last quote, or without quotes up to the next semicolon. */
const FILE_NAME = /;[ \t]*filename[ \t]*=[ \t]*(?:"(.*)"|([^\s";][^";]*))/isy;
/** Matches the end of a quoted value with another parameter after it. */
const NEXT_PARAMETER = /"[ \t]*;[ \t]*[\w!#$%&'*+.^`|~-]+[ \t]*=/;

/**
 * Parses a header value such as `form-data; name="file"; filename="a.png"`. A backslash escapes a quote or a backslash.
 * Elsewhere, a backslash is literal, because some clients send Windows paths.
 * Throws MalformedRequestError, also if a parameter occurs twice.
 */
export function parseParameters(header: string): ParameterizedValue {
  const read = readParameters(header);
  if (!read.complete) {
    throw new MalformedRequestError(
      `The header value ${JSON.stringify(header)} cannot be read. Let your HTTP client encode the form.`,
    );
  }
  return read;
}

/**
 * Parses a Content-Disposition header like {@link parseParameters}. If that fails at the file name, its quotes and
 * backslashes count as not escaped: `filename="my "best" photo.webp"` and `filename="me\"`, as browsers, Guzzle and
 * rest-client send it, extend to the last quote, and `filename=my photo.webp` to the next semicolon.
 * Nothing else is read differently. So a file name cannot change the name of its part, and one that seems to contain
 * another parameter is malformed. Throws MalformedRequestError.
 */
export function parseDisposition(header: string): ParameterizedValue {
  const read = readParameters(header);
  if (read.complete) {
    return read;
  }
  const offset = read.offsets.get('filename');
  return parseParameters(offset === undefined ? header : escapeFileName(header, offset));
}

/** Escapes the file name at an offset. Returns the header unchanged if the end of the name is ambiguous. */
function escapeFileName(header: string, offset: number): string {
  FILE_NAME.lastIndex = offset;
  const [all, quoted, plain] = FILE_NAME.exec(header) ?? [];
  const name = quoted ?? plain?.trim();
  if (all === undefined || name === undefined || NEXT_PARAMETER.test(name)) {
    return header;
  }
  const escaped = name.replace(/["\\]/g, String.raw`\$&`);
  return `${header.slice(0, offset)}; filename="${escaped}"${header.slice(offset + all.length)}`;
}

/** Throws MalformedRequestError if a parameter occurs twice. */
function readParameters(header: string): ReadableParameters {
  const [value = ''] = header.split(';', 1);
  const parameters = new Map<string, string>();
  const offsets = new Map<string, number>();
  let offset = value.length;
  while (offset < header.length) {
    PARAMETER.lastIndex = offset;
    const match = PARAMETER.exec(header);
    if (match === null) {
      break;
    }
    const [all, name, quoted, token] = match;
    if (name !== undefined) {
      const key = name.toLowerCase();
      if (parameters.has(key)) {
        throw new MalformedRequestError(
          `The header value ${JSON.stringify(header)} contains "${key}" twice. Send it once.`,
        );
      }
      parameters.set(key, quoted?.replace(/\\(["\\])/g, '$1') ?? token ?? '');
      offsets.set(key, offset);
    }
    offset += all.length;
  }
  return { value: value.trim().toLowerCase(), parameters, offsets, complete: offset === header.length };
}
