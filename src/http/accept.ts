/** Maximum characters of `Accept` to read. Browsers send about 150. */
const MAX_ACCEPT_LENGTH = 4_096;

interface MediaRange {
  /** Media type in lower case, such as `text/html` or `text/*`. */
  readonly mediaType: string;
  /** Quality from 0 to 1. */
  readonly quality: number;
}

/**
 * Returns the quality of a media type in an `Accept` header, from 0 to 1. Returns 0 if the header does not name the
 * type. Takes linear time.
 */
export function qualityOf(mediaType: string, accept: string): number {
  return parseAccept(accept).find((range) => range.mediaType === mediaType)?.quality ?? 0;
}

/**
 * Returns whether an `Accept` header names HTML with the highest quality, and no JSON. Browsers send that when they
 * load a page. `fetch` sends a wildcard by default. Takes linear time.
 */
export function prefersHtml(accept: string): boolean {
  const ranges = parseAccept(accept);
  return (
    ranges.some(({ mediaType, quality }) => mediaType === 'text/html' && quality === 1) &&
    !ranges.some(({ mediaType }) => mediaType.includes('json'))
  );
}

function parseAccept(accept: string): MediaRange[] {
  return accept
    .slice(0, MAX_ACCEPT_LENGTH)
    .toLowerCase()
    .split(',')
    .map((range) => {
      const [mediaType = '', ...parameters] = range.split(';').map((part) => part.trim());
      const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice('q='.length) ?? '1';
      return { mediaType, quality: Number(quality) || 0 };
    });
}
