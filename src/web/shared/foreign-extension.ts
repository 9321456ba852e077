/**
 * The extension for which the server will refuse a file of this name; undefined if it has none, or one of these types'.
 * It is read as the server reads it: what has a space in it is a part of the name, such as `John Smith Jr. photo`.
 */
export function foreignExtension(
  fileName: string,
  types: readonly { readonly extensions: readonly string[] }[],
): string | undefined {
  const name = fileName.trim().replace(/[. ]+$/, '');
  const extension = /[^./\\]\.+([^./\\\s]+)$/.exec(name)?.[1]?.toLowerCase();
  return extension === undefined || types.some(({ extensions }) => extensions.includes(extension))
    ? undefined
    : extension;
}
