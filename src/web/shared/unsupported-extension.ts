/**
 * Returns a file name's extension if the server does not accept it, or undefined otherwise.
 * Parses the name as the server does. An extension contains no spaces, so `John Smith Jr. photo` has no extension.
 */
export function unsupportedExtension(
  fileName: string,
  types: readonly { readonly extensions: readonly string[] }[],
): string | undefined {
  const name = fileName.trim().replace(/[. ]+$/, '');
  const extension = /[^./\\]\.+([^./\\\s]+)$/.exec(name)?.[1]?.toLowerCase();
  return extension === undefined || types.some(({ extensions }) => extensions.includes(extension))
    ? undefined
    : extension;
}
