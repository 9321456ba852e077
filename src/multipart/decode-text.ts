import { isUtf8 } from 'node:buffer';
import { MalformedRequestError } from './errors.ts';

/**
 * Encodings in which bytes of ASCII can stand for other characters. Text in them can be valid UTF-8 with another
 * meaning. Names as TextDecoder returns them.
 */
const OTHER_THAN_ASCII: ReadonlySet<string> = new Set(['utf-16le', 'utf-16be', 'iso-2022-jp']);

/**
 * Decodes the bytes of a text field. Reads valid UTF-8 as UTF-8 even under the label of another encoding, because HTTP
 * clients label UTF-8 as `us-ascii` or `iso-8859-1`. Text in such an encoding is hardly ever valid UTF-8 by accident.
 * Throws MalformedRequestError if the label is unknown or the bytes are invalid.
 * @param name name of the field, for the error message.
 * @param label any label of https://encoding.spec.whatwg.org/#names-and-labels, in upper or lower case.
 */
export function decodeText(name: string, label: string, bytes: Uint8Array): string {
  try {
    const decoder = new TextDecoder(label, { fatal: true });
    return !OTHER_THAN_ASCII.has(decoder.encoding) && isUtf8(bytes)
      ? new TextDecoder().decode(bytes)
      : decoder.decode(bytes);
  } catch (cause) {
    throw new MalformedRequestError(
      `The field ${JSON.stringify(name)} is not text in ${JSON.stringify(label)}. Encode it as UTF-8.`,
      { cause },
    );
  }
}
