/** What stands encoded in a URL; an empty text if the encoding is broken. */
export function decodePath(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return '';
  }
}
