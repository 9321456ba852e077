import { LRUCache } from 'lru-cache';

/** Content coding of a response: RFC 9110, section 8.4.1. `identity` means uncompressed. */
export type Encoding = (typeof ENCODINGS)[number];

/** Ordered by the size of the result. */
const ENCODINGS = ['br', 'gzip', 'identity'] as const;

/** Maximum characters of `Accept` or `Accept-Encoding` to read. Browsers send about 150. */
const MAX_ACCEPT_LENGTH = 4_096;

interface AcceptedRange {
  /** Media type or content coding in lower case, such as `text/html`, `text/*` or `gzip`. */
  readonly name: string;
  /** Quality from 0 to 1. */
  readonly quality: number;
}

/**
 * Returns the quality of a media type in an `Accept` header, from 0 to 1. Returns 0 if the header does not name the
 * type. Takes linear time.
 */
export function qualityOf(mediaType: string, accept: string): number {
  return parseAccept(accept).find(({ name }) => name === mediaType)?.quality ?? 0;
}

/**
 * Returns whether an `Accept` header names HTML with the highest quality, and no JSON. Browsers send that when they
 * load a page. `fetch` sends a wildcard by default. Takes linear time.
 */
export function prefersHtml(accept: string): boolean {
  const ranges = parseAccept(accept);
  return (
    ranges.some(({ name, quality }) => name === 'text/html' && quality === 1) &&
    !ranges.some(({ name }) => name.includes('json'))
  );
}

/**
 * Returns the encodings that an `Accept-Encoding` header accepts, best first, by RFC 9110, section 12.5.3. If the client
 * has no preference, prefers the smallest. Without the header, returns only `identity`. Returns an empty list if the
 * header rejects all. Takes linear time.
 */
export function acceptedEncodings(acceptEncoding = ''): Encoding[] {
  const ranges = parseAccept(acceptEncoding);
  const find = (encoding: string) => ranges.find(({ name }) => name === encoding)?.quality;
  const others = find('*');
  const qualities = ENCODINGS.map((encoding) => ({
    encoding,
    // An encoding that the header does not name is rejected. Uncompressed content is accepted, but preferred least.
    quality: find(encoding) ?? others ?? (encoding === 'identity' ? Number.MIN_VALUE : 0),
  }));
  return qualities
    .filter(({ quality }) => quality > 0)
    .sort((a, b) => b.quality - a.quality)
    .map(({ encoding }) => encoding);
}

/** Most clients send the same few headers with each request. */
const MAX_CACHED_HEADERS = 64;
/** Maximum characters of a header in the cache. Longer ones are parsed for each request, which bounds the memory. */
const MAX_CACHED_LENGTH = 256;
const cache = new LRUCache<string, readonly AcceptedRange[]>({ max: MAX_CACHED_HEADERS });

function parseAccept(accept: string): readonly AcceptedRange[] {
  if (accept.length > MAX_CACHED_LENGTH) {
    return parse(accept);
  }
  let ranges = cache.get(accept);
  if (ranges === undefined) {
    ranges = parse(accept);
    cache.set(accept, ranges);
  }
  return ranges;
}

function parse(accept: string): readonly AcceptedRange[] {
  return accept
    .slice(0, MAX_ACCEPT_LENGTH)
    .toLowerCase()
    .split(',')
    .map((range) => {
      const [name = '', ...parameters] = range.split(';').map((part) => part.trim());
      const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice('q='.length) ?? '1';
      return { name, quality: Number(quality) || 0 };
    });
}
