/** Characters of `Accept` that are read. Browsers send about 150. */
const MAX_ACCEPT_LENGTH = 4_096;

/**
 * Returns the quality of a media type in an `Accept` header, from 0 to 1. Returns 0 if the header does not name it.
 * Takes time in proportion to the header.
 */
export function qualityOf(mediaType: string, accept: string): number {
  const ranges = accept
    .slice(0, MAX_ACCEPT_LENGTH)
    .toLowerCase()
    .split(',')
    .map((range) => range.split(';').map((part) => part.trim()));
  const named = ranges.find(([type]) => type === mediaType);
  const quality = named?.find((parameter) => parameter.startsWith('q='))?.slice('q='.length) ?? '1';
  return named === undefined ? 0 : Number(quality) || 0;
}
