/** Maximum number of words in a text. A part header of 8 KiB has room for 109 words of the maximum length (75). */
const MAX_WORDS = 128;

/** Matches `=?charset?encoding?text?=`. */
const WORD = String.raw`=\?([^?\s]+)\?([bq])\?([^?]*)\?=`;
const WORDS = new RegExp(WORD, 'gi');
/** Matches adjacent words. The blanks between them are not part of the text (RFC 2047, section 6.2). */
const RUNS = new RegExp(String.raw`${WORD}(?:[ \t]*${WORD})*`, 'gi');

const BASE64 = /^[a-z0-9+/]*={0,2}$/i;
const QUOTED = /^(?:[ -<>-~]|=[0-9a-f]{2})*$/i;

/**
 * Decodes the encoded words of e-mail (RFC 2047), which .NET, among others, writes into names: `=?utf-8?B?bWU=?=` is
 * `me`. If one of several adjacent words is malformed, or has a charset that TextDecoder does not know, they stay as
 * they are. So does a text of more than {@link MAX_WORDS} words. The work is linear.
 */
export function decodeEncodedWords(text: string): string {
  const count = text.match(WORDS)?.length ?? 0;
  return count > MAX_WORDS ? text : text.replace(RUNS, decodeRun);
}

/** Decodes adjacent words. First joins the bytes of words of one charset, because some clients split a character. */
function decodeRun(run: string): string {
  const groups: { readonly charset: string; readonly bytes: Buffer[] }[] = [];
  for (const [, label = '', encoding = '', text = ''] of run.matchAll(WORDS)) {
    // A language may follow the charset (RFC 2231, section 5).
    const charset = label.toLowerCase().replace(/\*.*/, '');
    const bytes = bytesOf(encoding, text);
    if (bytes === undefined) {
      return run;
    }
    const last = groups.at(-1);
    if (last?.charset === charset) {
      last.bytes.push(bytes);
    } else {
      groups.push({ charset, bytes: [bytes] });
    }
  }
  try {
    return groups
      .map(({ charset, bytes }) => new TextDecoder(charset, { fatal: true }).decode(Buffer.concat(bytes)))
      .join('');
  } catch {
    return run;
  }
}

/** Returns undefined if the text is malformed. */
function bytesOf(encoding: string, text: string): Buffer | undefined {
  if (encoding.toLowerCase() === 'b') {
    return BASE64.test(text) ? Buffer.from(text, 'base64') : undefined;
  }
  const plain = text.replaceAll('_', ' ');
  return QUOTED.test(plain)
    ? Buffer.from(
        plain.replace(/=(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
        'latin1',
      )
    : undefined;
}
