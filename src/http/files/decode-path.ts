/** Decodes a part of a URL. Returns an empty string if the encoding is invalid. */
export function decodePath(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return '';
  }
}
