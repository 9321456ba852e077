import type { Photo } from '../photo/photo.ts';
import { typeNames as photoTypeNames } from '../photo/photo-sentences.ts';
import type { PageQuery } from './generated/graphql.ts';

export type UploadRules = PageQuery['uploadRules'];

/** A chosen file that passed the browser's checks. */
export type Choice = Photo;

/** Returns whether the server accepts JPEG, the type of photos from a device's camera. */
export function acceptsJpeg({ types }: UploadRules): boolean {
  return types.some(({ mediaType }) => mediaType === 'image/jpeg');
}

/** Lists the accepted types for use in a sentence, such as `JPEG, PNG, WebP, GIF, or AVIF`. */
export function typeNames({ types }: UploadRules): string {
  return photoTypeNames(types.map(({ mediaType }) => mediaType));
}
