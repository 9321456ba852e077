import { MalformedRequestError } from './errors.ts';

export interface ParameterizedValue {
  /** The text before the first semicolon, in lower case. */
  readonly value: string;
  /** Parameters by their names in lower case. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** Matches `; name=token`, `; name="quoted"`, or a semicolon with nothing after it. */
const PARAMETER = /;[ \t]*(?:([\w!#$%&'*+.^`|~-]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))[ \t]*)?/y;

/**
 * Parses a header value such as `form-data; name="file"; filename="a.png"`. A backslash escapes a quote or a backslash.
 * Elsewhere, a backslash is literal, because some clients send Windows paths.
 * Throws MalformedRequestError, also if a parameter occurs twice.
 */
export function parseParameters(header: string): ParameterizedValue {
  const [value = ''] = header.split(';', 1);
  const parameters = new Map<string, string>();
  let offset = value.length;
  while (offset < header.length) {
    PARAMETER.lastIndex = offset;
    const match = PARAMETER.exec(header);
    if (match === null) {
      throw new MalformedRequestError(
        `The header value ${JSON.stringify(header)} cannot be read. Let your HTTP client encode the form.`,
      );
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
    }
    offset += all.length;
  }
  return { value: value.trim().toLowerCase(), parameters };
}
