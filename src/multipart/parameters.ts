import { MalformedRequestError } from './errors.ts';

export interface ParameterizedValue {
  /** What stands before the first semicolon, in lower case. */
  readonly value: string;
  /** By their names in lower case. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** `; name=token`, `; name="quoted"`, or nothing behind the semicolon. */
const PARAMETER = /;[ \t]*(?:([\w!#$%&'*+.^`|~-]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))[ \t]*)?/y;

/**
 * Reads a header such as `form-data; name="file"; filename="a.png"`. A backslash escapes a quote or a backslash and
 * stands for itself elsewhere, since some clients send Windows paths.
 * Throws MalformedRequestError, also if a parameter is there twice.
 */
export function parseParameters(header: string): ParameterizedValue {
  const [value = ''] = header.split(';', 1);
  const parameters = new Map<string, string>();
  let at = value.length;
  while (at < header.length) {
    PARAMETER.lastIndex = at;
    const match = PARAMETER.exec(header);
    if (match === null) {
      throw new MalformedRequestError(`The header value ${JSON.stringify(header)} cannot be read.`);
    }
    const [all, name, quoted, token] = match;
    if (name !== undefined) {
      const key = name.toLowerCase();
      if (parameters.has(key)) {
        throw new MalformedRequestError(`The header value ${JSON.stringify(header)} names "${key}" twice.`);
      }
      parameters.set(key, quoted?.replace(/\\(["\\])/g, '$1') ?? token ?? '');
    }
    at += all.length;
  }
  return { value: value.trim().toLowerCase(), parameters };
}
