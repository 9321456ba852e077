import type { RenditionFormat } from '../imaging/renditions.ts';
import { builder } from './builder.ts';

/** Enum of {@link RenditionFormat}. */
export const PictureFormat = builder.enumType('PictureFormat', {
  description: 'Image format of a rendition.',
  values: {
    WEBP: { value: 'webp', description: 'Smaller; supported by all current browsers.' },
    JPEG: { value: 'jpeg', description: 'For email and old clients. Transparency becomes white.' },
  } satisfies Record<string, { value: RenditionFormat; description: string }>,
});
