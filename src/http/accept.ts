/**
 * Returns how much a client wants a media type that it names in `Accept`, from 0 to 1, and 0 if it does not name it.
 * Takes time in proportion to the header.
 */
export function qualityOf(mediaType: string, accept: string): number {
  const ranges = accept
    .toLowerCase()
    .split(',')
    .map((range) => range.split(';').map((part) => part.trim()));
  const named = ranges.find(([type]) => type === mediaType);
  const quality = named?.find((parameter) => parameter.startsWith('q='))?.slice('q='.length) ?? '1';
  return named === undefined ? 0 : Number(quality) || 0;
}
