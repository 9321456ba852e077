/** Maximum bytes of a displayed name, which is ASCII without quotes or backslashes. */
export const MAX_FILE_NAME_BYTES = 100;
/** Maximum length of an extension that is kept when a name is cut, including its dot. */
const MAX_EXTENSION_LENGTH = 10;

/** Names of devices on Windows, with any extension. */
const DEVICE = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)/i;

/**
 * Makes a client's file name safe to display. Applies the rules of Werkzeug's `secure_filename`
 * (https://werkzeug.palletsprojects.com/en/stable/utils/#werkzeug.utils.secure_filename) and stricter ones. Handles the
 * separators and device names of every system. Removes leading dashes, shortens names to 100 bytes, and replaces names
 * that are only an extension. The result is ASCII, and for display only. No path is derived from it.
 * @param extension without its dot. The result is `picture.` and this extension if nothing of the name is left.
 */
export function secureFileName(name: string, extension: string): string {
  const clean = strip(name);
  const stem = /(?<![^/\\])([^/\\]*)\.[^./\\]*$/.exec(name)?.[1];
  const onlyExtension = stem !== undefined && strip(stem) === '';
  if (clean === '' || onlyExtension) {
    return `picture.${extension}`;
  }
  return shorten(DEVICE.test(clean) ? `_${clean}` : clean);
}

function strip(name: string): string {
  const kept = name
    // Normalization sorts combining marks, which takes quadratic time. They are not kept anyway.
    .replace(/\p{M}+/gu, '')
    .normalize('NFKD')
    .replace(/[^\t-\r\x20-\x7e]/g, '')
    .replace(/[/\\]/g, ' ')
    .trim()
    .replace(/\s+/g, '_')
    .replace(/[^A-Za-z0-9_.-]/g, '')
    .replace(/^[._-]+/, '');
  return trimEnd(kept);
}

/** Removes trailing dots and underscores. Without the lookbehind, an 8 KB run of them inside a name took 50 ms. */
function trimEnd(name: string): string {
  return name.replace(/(?<![._])[._]+$/, '');
}

/** Shortens the stem and keeps the extension. */
function shorten(name: string): string {
  const extension = /\.[^.]+$/.exec(name)?.[0] ?? '';
  const kept = extension.length <= MAX_EXTENSION_LENGTH ? extension : '';
  return name.length <= MAX_FILE_NAME_BYTES
    ? name
    : trimEnd(name.slice(0, MAX_FILE_NAME_BYTES - kept.length)) + kept;
}
