import { deflateSync } from 'node:zlib';
import { JPEG_MARKERS, jpegSegment } from './jpeg.ts';
import { pngChunk } from './png.ts';

/** Bytes of a profile before its tag count. */
const HEADER_BYTES = 128;
/** Offset of the name of the connection space, such as `Lab `. */
export const ICC_CONNECTION_SPACE_AT = 20;
/** Maximum bytes of a profile in one segment of a JPEG. */
const SEGMENT_BYTES = 65_000;

/** Returns a color profile with an additional tag. */
export function addIccTag(profile: Buffer, name: string, data: Buffer): Buffer {
  const tableAt = HEADER_BYTES + 4;
  const count = profile.readUInt32BE(HEADER_BYTES);
  const tableEnd = tableAt + 12 * count;
  const entry = Buffer.alloc(12);
  entry.write(name, 'latin1');
  entry.writeUInt32BE(profile.length + 12, 4);
  entry.writeUInt32BE(data.length, 8);
  const larger = Buffer.concat([profile.subarray(0, tableEnd), entry, profile.subarray(tableEnd), data]);
  larger.writeUInt32BE(larger.length, 0);
  larger.writeUInt32BE(count + 1, HEADER_BYTES);
  for (let at = tableAt + 4; at < tableEnd; at += 12) {
    larger.writeUInt32BE(larger.readUInt32BE(at) + 12, at);
  }
  return larger;
}

/** Returns the offset after a profile's tag table, where the data of the tags starts. */
export function endOfIccTable(profile: Buffer): number {
  return HEADER_BYTES + 4 + 12 * profile.readUInt32BE(HEADER_BYTES);
}

/** Returns a transform (`mpet`) of many steps. Each multiplies the channels by the same shared matrix. */
export function iccSteps(count: number, factor: number): Buffer {
  const step = Buffer.alloc(60);
  step.write('matf', 'latin1');
  step.set([0, 3, 0, 3], 8);
  for (const diagonal of [0, 4, 8]) {
    step.writeFloatBE(factor, 12 + 4 * diagonal);
  }
  const head = Buffer.alloc(16 + 8 * count);
  head.write('mpet', 'latin1');
  head.set([0, 3, 0, 3], 8);
  head.writeUInt32BE(count, 12);
  for (let at = 16; at < head.length; at += 8) {
    head.writeUInt32BE(head.length, at);
    head.writeUInt32BE(step.length, at + 4);
  }
  return Buffer.concat([head, step]);
}

/** Returns the chunk of a PNG that contains a color profile. */
export function iccChunk(profile: Buffer): Buffer {
  return pngChunk('iCCP', Buffer.concat([Buffer.from('profile\0\0'), deflateSync(profile)]));
}

/** Returns the segments of a JPEG that contain a color profile. */
export function iccSegments(profile: Buffer): Buffer[] {
  const count = Math.ceil(profile.length / SEGMENT_BYTES);
  return Array.from({ length: count }, (_, index) => {
    const part = profile.subarray(index * SEGMENT_BYTES, (index + 1) * SEGMENT_BYTES);
    const head = Buffer.from(`ICC_PROFILE\0${String.fromCharCode(index + 1, count)}`, 'latin1');
    return jpegSegment(JPEG_MARKERS.app2, Buffer.concat([head, part]));
  });
}
