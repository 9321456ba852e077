/** Maximum bytes of a name as it is shown, in ASCII without quotes or backslashes. */
export const MAX_FILE_NAME_BYTES = 100;
/** A longer end of a name is no extension that is worth keeping when the name is cut. */
const MAX_EXTENSION = 10;

/** Names that mean a device on Windows, whatever their extension. */
const DEVICE = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)/i;

/**
 * Makes a client's file name fit to be shown, by the rules of Werkzeug's `secure_filename`
 * (https://werkzeug.palletsprojects.com/en/stable/utils/#werkzeug.utils.secure_filename) and stricter ones:
 * both separators and the devices of every system, no leading dash, at most 100 bytes, never only an extension.
 * The result is ASCII. It is for display; no path is ever made of it.
 * @param extension what follows `picture.` when nothing of the name is left, without its dot.
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
    .normalize('NFKD')
    .replace(/[^\t-\r\x20-\x7e]/g, '')
    .replace(/[/\\]/g, ' ')
    .trim()
    .replace(/\s+/g, '_')
    .replace(/[^A-Za-z0-9_.-]/g, '')
    .replace(/^[._-]+/, '');
  return trimEnd(kept);
}

/** Looks at each run of them once: without the look behind, a name of 8 KB that is one long run took 50 ms. */
function trimEnd(name: string): string {
  return name.replace(/(?<![._])[._]+$/, '');
}

/** Cuts the stem and keeps the extension. */
function shorten(name: string): string {
  const extension = /\.[^.]+$/.exec(name)?.[0] ?? '';
  const kept = extension.length <= MAX_EXTENSION ? extension : '';
  return name.length <= MAX_FILE_NAME_BYTES
    ? name
    : trimEnd(name.slice(0, MAX_FILE_NAME_BYTES - kept.length)) + kept;
}
