/** Lists media types of pictures for use in a sentence, such as `JPEG, PNG, WebP, GIF, or AVIF`. */
export function typeNames(mediaTypes: readonly string[]): string {
  const names = mediaTypes.map((mediaType) => mediaType.replace('image/', ''));
  return new Intl.ListFormat('en', { type: 'disjunction' }).format(
    names.map((name) => (name === 'webp' ? 'WebP' : name.toUpperCase())),
  );
}
