import { MAX_ID_LENGTH } from '../auth/viewer.ts';
import {
  RENDITION_SIZES,
  type RenditionFormat,
  renditionAtLeast,
  renditionName,
} from '../imaging/renditions.ts';
import type { DrawingFormat } from '../pictures/default-avatars.ts';
import type { Initials } from '../pictures/initials.ts';

/**
 * Maximum bytes of one URL as JSON: 400 for PUBLIC_URL or PICTURES_URL, which the configuration limits, and 320 for a
 * path. The longest path names two initials of twelve code points each, percent-encoded.
 */
export const MAX_URL_BYTES = 720;

/**
 * Maximum bytes of the stable URL of an avatar as JSON: 400 for PUBLIC_URL, 20 for the rest of the path, and an id. An
 * encoded UTF-16 code unit has at most nine bytes.
 */
export const MAX_STABLE_URL_BYTES = 420 + 9 * MAX_ID_LENGTH;

/** Creates public URLs. The database stores paths only. */
export interface Urls {
  /** @param path of the picture inside the storage. @param size an edge length that the picture has, in pixels. */
  picture(path: string, size: number, format: RenditionFormat): string;
  /** Returns the value of the `srcset` attribute for a picture with these sizes; see {@link Urls.picture}. */
  srcSet(path: string, sizes: readonly number[], format: RenditionFormat): string;
  /** @param size edge length in pixels. A PNG gets the smallest rendition size that is at least this, or the largest. */
  initials(initials: Initials, size: number, format: DrawingFormat): string;
  /** @param size edge length in pixels. A PNG gets the smallest rendition size that is at least this, or the largest. */
  silhouette(size: number, format: DrawingFormat): string;
  /** Returns the URL that always serves the current avatar of a user. */
  stableAvatar(userId: string): string;
}

/**
 * Creates the URLs of a server. Both arguments are called for each URL, because the port may not be known at start.
 * @param publicUrl base URL of the server, without a trailing slash.
 * @param picturesUrl base URL of the pictures, without a trailing slash.
 */
export function createUrls(publicUrl: () => string, picturesUrl: () => string): Urls {
  const drawing = (size: number, format: DrawingFormat, name: string) => {
    const edge = format === 'png' ? renditionAtLeast(RENDITION_SIZES, size) : size;
    return `${publicUrl()}/initials/${edge}/${name}.${format}`;
  };
  return {
    picture: (path, size, format) => `${picturesUrl()}/${path}/${renditionName(size, format)}`,
    srcSet(path, sizes, format) {
      const folder = `${picturesUrl()}/${path}/`;
      return sizes.map((size) => `${folder}${renditionName(size, format)} ${size}w`).join(', ');
    },
    initials: ({ text, color }, size, format) =>
      drawing(size, format, `${color}/${encodeURIComponent(text)}`),
    silhouette: (size, format) => drawing(size, format, 'silhouette'),
    stableAvatar: (userId) => `${publicUrl()}/users/${encodeUserId(userId)}avatar`,
  };
}

/**
 * Returns an id for a path, with the slash that follows it. Clients resolve the segments `.` and `..`, even if their
 * dots are encoded (https://url.spec.whatwg.org/#double-dot-path-segment). So an encoded slash follows these two ids.
 */
function encodeUserId(id: string): string {
  // A lone surrogate cannot be encoded. No token has such an id.
  const encoded = encodeURIComponent(id.toWellFormed());
  return /^\.\.?$/.test(id) ? `${encoded}%2F` : `${encoded}/`;
}
