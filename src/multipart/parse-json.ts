import { MalformedRequestError, RequestTooLargeError } from './errors.ts';

/** Maximum values in one JSON text: objects, lists and their members. A request for a hundred users has about 110. */
const MAX_JSON_VALUES = 5_000;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPENING_BRACKET = 0x5b;
const OPENING_BRACE = 0x7b;

/**
 * Parses the JSON of a request. A value takes much more memory than its text, so the number of values is checked first.
 * Throws RequestTooLargeError, or MalformedRequestError for text that is not JSON.
 * @param what name of the text, with which the error message begins.
 */
export function parseJson(what: string, text: string): unknown {
  // A text has fewer values than characters.
  if (text.length >= MAX_JSON_VALUES && countValues(text) > MAX_JSON_VALUES) {
    throw new RequestTooLargeError(
      `The JSON has more than ${MAX_JSON_VALUES} values. Send fewer values.`,
      MAX_JSON_VALUES,
    );
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new MalformedRequestError(`${what} is not valid JSON. Encode it with a JSON library.`);
  }
}

/**
 * Counts the commas and opening brackets outside of strings. The result is at least the number of values, and at most
 * twice that number.
 */
function countValues(text: string): number {
  let values = 1;
  let inString = false;
  for (let offset = 0; offset < text.length; offset += 1) {
    const code = text.charCodeAt(offset);
    if (inString) {
      if (code === BACKSLASH) {
        offset += 1;
      } else if (code === QUOTE) {
        inString = false;
      }
    } else if (code === QUOTE) {
      inString = true;
    } else if (code === COMMA || code === OPENING_BRACKET || code === OPENING_BRACE) {
      values += 1;
    }
  }
  return values;
}
