/** Edge lengths in pixels. The smallest is always rendered. A size larger than the picture's square is skipped. */
export const RENDITION_SIZES = [64, 128, 256, 512] as const;

/**
 * Maximum bytes of a placeholder as JSON. A placeholder is a WebP of at most 32 x 32 pixels with few details, in
 * Base64.
 */
export const MAX_PLACEHOLDER_BYTES = 2_048;

/** Minimum width and height in pixels, of a picture and of a crop. */
export const MIN_EDGE = 32;

export type RenditionFormat = 'webp' | 'jpeg';

export const RENDITION_FORMATS: readonly RenditionFormat[] = ['webp', 'jpeg'];

/** Returns the name of a rendition in its picture's folder, such as `256.webp`. */
export function renditionName(size: number, format: RenditionFormat): string {
  return `${size}.${format === 'jpeg' ? 'jpg' : 'webp'}`;
}

/** Returns the sizes to render from a square, smallest first. @param edge edge length of the square in pixels. */
export function sizesFor(edge: number): number[] {
  return RENDITION_SIZES.filter((size) => size === RENDITION_SIZES[0] || size <= edge);
}

/** Returns the smallest of a picture's sizes that is at least `size`. If there is none, returns the largest. */
export function renditionAtLeast(sizes: readonly number[], size: number): number {
  return sizes.find((candidate) => candidate >= size) ?? Math.max(...sizes);
}
