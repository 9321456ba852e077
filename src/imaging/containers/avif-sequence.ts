import { readTopBoxes } from './iso-boxes.ts';

/** The type of a box follows the four bytes of its size. */
const TYPE_AT = 4;

/**
 * Returns an AVIF without its tracks, so that a decoder sees only the still picture. libheif allocates tables for all
 * frames that a track claims to have: ten million of them take 600 MB. The tracks' bytes stay in the file, because offsets
 * count from its start.
 */
export function hideAvifTracks(avif: Buffer): Buffer {
  const movies = readTopBoxes(avif).filter(({ type }) => type === 'moov');
  if (movies.length === 0) {
    return avif;
  }
  const still = Buffer.from(avif);
  for (const { start } of movies) {
    still.write('free', start + TYPE_AT, 'latin1');
  }
  return still;
}
