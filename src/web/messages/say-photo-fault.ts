import type { PhotoFault } from '../photo/photo-fault.ts';
import type { Language } from './language.ts';

/** Returns the sentence of a reason why a file cannot be used. */
export function sayPhotoFault(fault: PhotoFault, language: Language): string {
  const { say } = language;
  switch (fault.reason) {
    case 'unreadable':
      return say('photoUnreadable', { file: fault.fileName });
    case 'empty':
      return say('photoEmpty', { file: fault.fileName });
    case 'damaged':
      return say('photoDamaged', { file: fault.fileName });
    case 'decoderUnavailable':
      return say('photoDecoderUnavailable', { file: fault.fileName });
    case 'unsupported':
      return say('photoUnsupported', { file: fault.fileName, types: language.listTypes(fault.mediaTypes) });
    case 'tooSmall': {
      const { size, min } = fault;
      return say('photoTooSmall', { ...size, minWidth: min.width, minHeight: min.height });
    }
    case 'tooLarge': {
      const [size, limit] = formatDistinctly(fault.bytes, fault.maxBytes, language);
      return say('photoTooLarge', { file: fault.fileName, size, limit });
    }
    case 'tooManyPixels':
      return say('photoTooManyPixels', { ...fault.size, megapixels: fault.maxPixels / 1_000_000 });
  }
}

/** Formats two sizes for display. Falls back to bytes if both would read the same. */
function formatDistinctly(
  bytes: number,
  maxBytes: number,
  { say, formatBytes }: Language,
): readonly [size: string, limit: string] {
  const [size, limit] = [formatBytes(bytes), formatBytes(maxBytes)];
  return size === limit ? [say('bytes', { count: bytes }), say('bytes', { count: maxBytes })] : [size, limit];
}
