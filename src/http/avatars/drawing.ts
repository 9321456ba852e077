import type { DefaultAvatars, DrawingFormat } from '../../pictures/default-avatars.ts';
import { drawInitials, type Initials } from '../../pictures/initials.ts';
import { drawSilhouette } from '../../pictures/silhouette.ts';

/** Image of a user without a picture. */
export interface Drawing {
  readonly bytes: Buffer;
  readonly mediaType: string;
}

/** Initials, or the silhouette. */
export type Subject = Initials | 'silhouette';

/**
 * Draws an image of a user without a picture. Rejects with the errors of {@link DefaultAvatars}.
 * @param size edge length in pixels.
 */
export async function draw(
  subject: Subject,
  size: number,
  format: DrawingFormat,
  defaultAvatars: DefaultAvatars,
): Promise<Drawing> {
  if (format === 'svg') {
    const svg = subject === 'silhouette' ? drawSilhouette(size) : drawInitials(subject, size);
    return { bytes: Buffer.from(svg), mediaType: 'image/svg+xml; charset=utf-8' };
  }
  const bytes =
    subject === 'silhouette'
      ? await defaultAvatars.silhouette(size)
      : await defaultAvatars.initials(subject, size);
  return { bytes, mediaType: 'image/png' };
}
