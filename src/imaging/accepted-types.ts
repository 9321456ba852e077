/** Names of the types in the configuration. */
export const TYPE_NAMES = ['jpeg', 'png', 'webp', 'gif', 'avif'] as const;

export type TypeName = (typeof TYPE_NAMES)[number];

/** A type of picture that Portrait can accept. */
export interface AcceptedType {
  readonly name: TypeName;
  /** The type's name in a sentence. */
  readonly label: string;
  readonly mediaType: string;
  /** Lower case, without the dot; the first is the usual one. */
  readonly extensions: readonly [string, ...string[]];
  /** sharp's name for the format in a picture's metadata. */
  readonly format: string;
  /** The operation of libvips that decodes the type from memory. */
  readonly loader: string;
  /** Maximum pixels, if lower than the general limit because the type's decoder needs more memory and time for each pixel. */
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
    maxPixels: 16_000_000,
  },
];

/** Returns the types with these names, in the usual order. Other names are ignored. */
export function typesNamed(names: readonly string[]): AcceptedType[] {
  return ALL_TYPES.filter(({ name }) => names.includes(name));
}

/** Returns how many pixels a picture of a type may have. @param limit pixels of a picture of any type. */
export function maxPixelsOf(type: AcceptedType, limit: number): number {
  return Math.min(type.maxPixels ?? limit, limit);
}
