import type { RenditionFormat } from '../imaging/renditions.ts';
import { renditionName } from '../imaging/renditions.ts';
import type { Initials } from '../pictures/initials.ts';

/**
 * Maximum bytes of one URL as JSON: 400 for PUBLIC_URL or PICTURES_URL, which the configuration limits, and 320 for a
 * path. The longest path names two initials of twelve code points each, percent-encoded.
 */
export const MAX_URL_BYTES = 720;

/** Creates public URLs. The database stores paths only. */
export interface Urls {
  /** @param path of the picture inside the storage. @param size an edge length that the picture has, in pixels. */
  picture(path: string, size: number, format: RenditionFormat): string;
  /** @param size of the edges, in pixels. */
  initials(initials: Initials, size: number): string;
}

/**
 * Creates the URLs of a server. Both arguments are called for each URL, because the port may not be known at start.
 * @param publicUrl base URL of the server, without a trailing slash.
 * @param picturesUrl base URL of the pictures, without a trailing slash.
 */
export function createUrls(publicUrl: () => string, picturesUrl: () => string): Urls {
  return {
    picture: (path, size, format) => `${picturesUrl()}/${path}/${renditionName(size, format)}`,
    initials: ({ text, colour }, size) =>
      `${publicUrl()}/initials/${size}/${colour}/${encodeURIComponent(text)}.svg`,
  };
}
