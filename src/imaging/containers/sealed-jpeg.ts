import { findEntropyEnd } from './entropy-data.ts';
import { readFrame } from './jpeg-frame.ts';
import { DRI, EOI, nextSegment, SOF0, SOF1, SOI_BYTES, SOS } from './jpeg-segments.ts';
import { SPARE_BYTES } from './jpeg-units.ts';

/** Bits that are not a valid code in any table (T.81, C.2). The zero byte shows that they are not a marker. */
const PADDING = Buffer.from('ff00'.repeat(SPARE_BYTES), 'hex');

/**
 * Returns a JPEG with padding instead of its end marker and the bytes after it. If blocks are missing, a decoder reads
 * to the end of the file and reports that. With an end marker, it would fill them with gray. Returns undefined if the
 * JPEG has several scans or restart markers, because a decoder then resumes after a gap. Never throws.
 */
export function sealJpeg(jpeg: Buffer): Buffer | undefined {
  let components: number | undefined;
  let segment = nextSegment(jpeg, SOI_BYTES);
  // Each segment ends after the one before it.
  for (; segment !== undefined && segment.marker !== EOI; segment = nextSegment(jpeg, segment.end)) {
    const { marker, body, end } = segment;
    if (marker === SOF0 || marker === SOF1) {
      components = readFrame(marker, body)?.components.length;
    } else if (marker === DRI && body.some((byte) => byte !== 0)) {
      return undefined;
    } else if (marker === SOS) {
      return body[0] === components
        ? Buffer.concat([jpeg.subarray(0, findEntropyEnd(jpeg, end)), PADDING])
        : undefined;
    }
  }
  return undefined;
}
