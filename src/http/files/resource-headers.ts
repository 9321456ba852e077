import { CACHE_CONTROL } from '../../storage/storage.ts';
import { ANY_ORIGIN_HEADERS } from '../any-origin.ts';

/** Policy for files that a browser opens on their own: no scripts, no forms, no frames. */
export const SANDBOX = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

/** Headers of every response with a picture. */
export const PICTURE_HEADERS = {
  'Cache-Control': CACHE_CONTROL,
  'Content-Security-Policy': SANDBOX,
  ...ANY_ORIGIN_HEADERS,
};
