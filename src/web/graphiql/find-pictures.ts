export interface FoundPicture {
  readonly url: string;
  /** Where it stands in the result, such as `uploadProfilePicture.avatarUrl`. */
  readonly path: string;
}

const PICTURE_FILE = /\.(?:webp|jpe?g|png|gif|avif|svg)$/;

/**
 * The pictures whose URLs stand in a result, also in a `srcset`, each once.
 * @param ownUrls what the URLs of the server and of its pictures begin with; any others are left out.
 */
export function findPictures(response: string | null, ownUrls: readonly string[]): readonly FoundPicture[] {
  const found = new Map<string, FoundPicture>();
  for (const { text, path } of textsIn(parse(response), [])) {
    for (const url of text.split(/\s+/)) {
      const own = ownUrls.some((begin) => url.startsWith(`${begin}/`)) && PICTURE_FILE.test(url);
      if ((own || url.startsWith('data:image/')) && !found.has(url)) {
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

function textsIn(value: unknown, path: readonly string[]): { text: string; path: readonly string[] }[] {
  if (typeof value === 'string') {
    return [{ text: value, path }];
  }
  if (typeof value !== 'object' || value === null) {
    return [];
  }
  return Object.entries(value).flatMap(([key, child]) => textsIn(child, [...path, key]));
}
