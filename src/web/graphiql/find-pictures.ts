export interface FoundPicture {
  readonly url: string;
  /** Path of the URL's field in the result, such as `uploadProfilePicture.avatarUrl`. */
  readonly path: string;
}

const PICTURE_FILE = /\.(?:webp|jpe?g|png|gif|avif|svg)$/;

/**
 * Finds the picture URLs in a result, including those in a `srcset`. Returns each URL once.
 * @param ownUrls Prefixes of the URLs of the server and its pictures. Other URLs are ignored, except image data URLs.
 */
export function findPictures(response: string | null, ownUrls: readonly string[]): readonly FoundPicture[] {
  const found = new Map<string, FoundPicture>();
  for (const { text, path } of stringsIn(parse(response), [])) {
    for (const url of text.split(/\s+/)) {
      const isOwn = ownUrls.some((prefix) => url.startsWith(`${prefix}/`)) && PICTURE_FILE.test(url);
      if ((isOwn || url.startsWith('data:image/')) && !found.has(url)) {
        found.set(url, { url, path: path.join('.') });
      }
    }
  }
  return [...found.values()];
}

function parse(response: string | null): unknown {
  try {
    return JSON.parse(response ?? 'null').data;
  } catch {
    return undefined;
  }
}

function stringsIn(value: unknown, path: readonly string[]): { text: string; path: readonly string[] }[] {
  if (typeof value === 'string') {
    return [{ text: value, path }];
  }
  if (typeof value !== 'object' || value === null) {
    return [];
  }
  return Object.entries(value).flatMap(([key, child]) => stringsIn(child, [...path, key]));
}
