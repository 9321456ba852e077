/** Names of the types in the configuration. */
export const TYPE_NAMES = ['jpeg', 'png', 'webp', 'gif', 'avif'] as const;

export type TypeName = (typeof TYPE_NAMES)[number];

/** A type of picture that Portrait can accept. */
export interface AcceptedType {
  readonly name: TypeName;
  /** Display name, such as `WebP`. */
  readonly label: string;
  readonly mediaType: string;
  /** Lowercase extensions without the dot, most common first. */
  readonly extensions: readonly [string, ...string[]];
  /** Value of `format` in sharp's metadata. */
  readonly format: string;
  /** The libvips operation that decodes the type from memory. */
  readonly loader: string;
  /** Maximum pixels of a picture. Set only if the type's decoder needs more memory and time per pixel than others. */
  readonly maxPixels?: number;
}

/** Every type that Portrait can accept, in the order of {@link TYPE_NAMES}. */
export const ALL_TYPES: readonly AcceptedType[] = [
  {
    name: 'jpeg',
    label: 'JPEG',
    mediaType: 'image/jpeg',
    extensions: ['jpg', 'jpeg', 'jpe', 'jfif'],
    format: 'jpeg',
    loader: 'VipsForeignLoadJpegBuffer',
  },
  {
    name: 'png',
    label: 'PNG',
    mediaType: 'image/png',
    extensions: ['png', 'apng'],
    format: 'png',
    loader: 'VipsForeignLoadPngBuffer',
  },
  {
    name: 'webp',
    label: 'WebP',
    mediaType: 'image/webp',
    extensions: ['webp'],
    format: 'webp',
    loader: 'VipsForeignLoadWebpBuffer',
  },
  {
    name: 'gif',
    label: 'GIF',
    mediaType: 'image/gif',
    extensions: ['gif'],
    format: 'gif',
    loader: 'VipsForeignLoadNsgifBuffer',
  },
  {
    name: 'avif',
    label: 'AVIF',
    mediaType: 'image/avif',
    extensions: ['avif'],
    format: 'heif',
    loader: 'VipsForeignLoadHeifBuffer',
    maxPixels: 17_000_000,
  },
];

/** Returns the types with the given names, in the order of {@link TYPE_NAMES}. Ignores unknown names. */
export function typesNamed(names: readonly string[]): AcceptedType[] {
  return ALL_TYPES.filter(({ name }) => names.includes(name));
}

/** Returns the maximum pixels of a picture of a type. @param limit maximum pixels of a picture of any type. */
export function maxPixelsOf(type: AcceptedType, limit: number): number {
  return Math.min(type.maxPixels ?? limit, limit);
}
