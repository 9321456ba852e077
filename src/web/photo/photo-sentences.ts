import { formatBytes } from '../shared/format-bytes.ts';
import type { PhotoFault } from './photo-fault.ts';

/** Returns a fault as an English message for the user. */
export function photoSentence(fault: PhotoFault): string {
  switch (fault.reason) {
    case 'unreadable':
      return `“${fault.fileName}” cannot be read. It may be a folder, or it was moved or deleted. Choose another file.`;
    case 'empty':
      return `“${fault.fileName}” is empty. Choose another file.`;
    case 'damaged':
      return `“${fault.fileName}” is damaged, or too large for this device. Choose another picture.`;
    case 'decoderUnavailable':
      return `“${fault.fileName}” cannot be prepared, because a file of this page could not be loaded. Reload the page.`;
    case 'unsupported':
      return `“${fault.fileName}” has an unsupported file type. Choose a picture of type ${typeNames(fault.mediaTypes)}.`;
    case 'tooSmall':
      return `This picture is too small (${pixels(fault.size)}). The minimum is ${pixels(fault.min)}. Choose a larger picture.`;
    case 'tooLarge': {
      const [actual, limit] = formatDistinctly(fault.bytes, fault.maxBytes);
      return `“${fault.fileName}” is too large (${actual}). The limit is ${limit}. Choose a smaller file.`;
    }
    case 'tooManyPixels':
      return `This picture is too large (${pixels(fault.size)}). The limit is ${fault.maxPixels / 1_000_000} megapixels. Choose a smaller picture.`;
  }
}

/** Lists media types of pictures for use in a sentence, such as `JPEG, PNG, WebP, GIF, or AVIF`. */
export function typeNames(mediaTypes: readonly string[]): string {
  const names = mediaTypes.map((mediaType) => mediaType.replace('image/', ''));
  return new Intl.ListFormat('en', { type: 'disjunction' }).format(
    names.map((name) => (name === 'webp' ? 'WebP' : name.toUpperCase())),
  );
}

function pixels({ width, height }: { readonly width: number; readonly height: number }): string {
  return `${width} × ${height} pixels`;
}

/** Formats two sizes for display. Falls back to bytes if both would read the same. */
function formatDistinctly(size: number, limit: number): readonly [string, string] {
  const rounded = [formatBytes(size), formatBytes(limit)] as const;
  return rounded[0] === rounded[1]
    ? [`${size.toLocaleString('en')} bytes`, `${limit.toLocaleString('en')} bytes`]
    : rounded;
}
