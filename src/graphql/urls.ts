import type { RenditionFormat } from '../imaging/renditions.ts';
import { renditionName } from '../imaging/renditions.ts';
import type { Initials } from '../pictures/initials.ts';

/**
 * Bytes of one URL as JSON, at most: 400 of PUBLIC_URL or PICTURES_URL, a limit of the configuration, and 320 of a path. The
 * longest path is that of two initials of twelve code points each, percent-encoded.
 */
export const MAX_URL_BYTES = 720;

/** Makes public URLs; the database holds none of them. */
export interface Urls {
  /** @param path of the picture inside the storage. @param size an edge length that the picture has, in pixels. */
  picture(path: string, size: number, format: RenditionFormat): string;
  /** @param size of the edges, in pixels. */
  initials(initials: Initials, size: number): string;
}

/**
 * @param publicUrl where browsers find the server, without a slash at its end; asked each time.
 * @param picturesUrl where they find the storage, likewise.
 */
export function createUrls(publicUrl: () => string, picturesUrl: () => string): Urls {
  return {
    picture: (path, size, format) => `${picturesUrl()}/${path}/${renditionName(size, format)}`,
    initials: ({ text, colour }, size) =>
      `${publicUrl()}/initials/${size}/${colour}/${encodeURIComponent(text)}.svg`,
  };
}
