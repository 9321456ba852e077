import type { PhotoFault } from '../photo/photo-fault.ts';
import { formatBytes } from '../shared/format-bytes.ts';
import type { Say } from './say.ts';
import { typeNames } from './type-names.ts';

/** Returns the sentence of a reason why a file cannot be used. */
export function sayPhotoFault(fault: PhotoFault, say: Say): string {
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
      return say('photoUnsupported', { file: fault.fileName, types: typeNames(fault.mediaTypes) });
    case 'tooSmall': {
      const { size, min } = fault;
      return say('photoTooSmall', { ...size, minWidth: min.width, minHeight: min.height });
    }
    case 'tooLarge': {
      const [size, limit] = formatDistinctly(fault.bytes, fault.maxBytes, say);
      return say('photoTooLarge', { file: fault.fileName, size, limit });
    }
    case 'tooManyPixels':
      return say('photoTooManyPixels', { ...fault.size, megapixels: fault.maxPixels / 1_000_000 });
  }
}

/** Formats two sizes for display. Falls back to bytes if both would read the same. */
function formatDistinctly(bytes: number, maxBytes: number, say: Say): readonly [size: string, limit: string] {
  const [size, limit] = [formatBytes(bytes), formatBytes(maxBytes)];
  const exactly = (count: number) => say('bytes', { count: count.toLocaleString('en') });
  return size === limit ? [exactly(bytes), exactly(maxBytes)] : [size, limit];
}
