import { readTopBoxes } from './iso-boxes.ts';

/** The type of a box stands behind four bytes of its size. */
const TYPE_AT = 4;

/**
 * Returns an AVIF without its tracks, if it has any, so that a decoder sees the still picture alone. libheif makes tables of
 * all frames that a track claims to have: ten million of them take 600 MB. The tracks' bytes stay, since places in the file
 * are counted from its start.
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
