/**
 * Combining marks after the thirtieth, which no text has (UAX #15, 13, Stream-Safe Text Format). Unicode normalization
 * sorts marks, and takes quadratic time for a long run of them.
 */
const EXCESS_MARKS = /(\p{M}{30})\p{M}+/gu;
/** Characters without a shape, such as a zero-width space, a byte order mark or a variation selector. */
const INVISIBLE = /[\p{Cf}\p{Default_Ignorable_Code_Point}]+/gu;
/** Dots, blanks, path separators and control characters at the end. Windows ignores some: `a.exe. ` means `a.exe`. */
const TAIL = /(?<![.\s/\\\p{Cc}])[.\s/\\\p{Cc}]+$/u;
/** A name whose only dot comes first has no extension, such as `.htaccess`. */
const AFTER_LAST_DOT = /[^./\\]\.+([^./\\]+)$/;
const BLANK = /[\t\p{Zs}]/u;
const LETTERS_AND_DIGITS = /[\p{L}\p{M}\p{N}]+/u;

/**
 * Returns the extension of a file name if it is one of the given ones, which are in lower case and without the dot.
 * Browsers and the server use this one function. An unknown extension counts as none, as in `jane.doe`.
 */
export function rejectedExtension(fileName: string, rejected: readonly string[]): string | undefined {
  const extension = extensionOf(fileName);
  return extension !== undefined && rejected.includes(extension) ? extension : undefined;
}

/**
 * Returns the first letters and digits after the last dot, in lower case: `jpg` for `me.jpg?width=200`, `me.jpg~` and
 * `me.jpg:large`. A text with a blank is no extension, as in `John Smith Jr. photo`. Invisible characters do not count.
 * Full-width letters and other compatibility forms count as the usual ones (Unicode's NFKC). The work is linear.
 */
function extensionOf(fileName: string): string | undefined {
  const normal = fileName.replace(EXCESS_MARKS, '$1').normalize('NFKC');
  const name = normal.replace(INVISIBLE, '').replace(TAIL, '');
  const text = AFTER_LAST_DOT.exec(name)?.[1] ?? '';
  return BLANK.test(text) ? undefined : LETTERS_AND_DIGITS.exec(text)?.[0].toLowerCase();
}
