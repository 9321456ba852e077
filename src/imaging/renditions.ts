/** Edge lengths in pixels. The smallest is always made; a size larger than the picture's square is left out. */
export const RENDITION_SIZES = [64, 128, 256, 512] as const;

/** Maximum bytes of a placeholder as JSON. It is a WebP of at most 32 x 32 pixels with few details, in Base64. */
export const MAX_PLACEHOLDER_BYTES = 2_048;

/** In pixels, of both edges, of the whole picture and of a crop. */
export const MIN_EDGE = 32;

export type RenditionFormat = 'webp' | 'jpeg';

export const RENDITION_FORMATS: readonly RenditionFormat[] = ['webp', 'jpeg'];

/** A rendition's name inside its picture's folder, such as `256.webp`. */
export function renditionName(size: number, format: RenditionFormat): string {
  return `${size}.${format === 'jpeg' ? 'jpg' : 'webp'}`;
}

/** The sizes to make of a square of this edge, in pixels, smallest first. */
export function sizesFor(edge: number): number[] {
  return RENDITION_SIZES.filter((size) => size === RENDITION_SIZES[0] || size <= edge);
}

/** The smallest of a picture's sizes that is at least this large, or its largest. */
export function renditionAtLeast(sizes: readonly number[], size: number): number {
  return sizes.find((candidate) => candidate >= size) ?? Math.max(...sizes);
}
