// Layout of https://developers.google.com/speed/webp/docs/riff_container.

const RIFF_HEADER_BYTES = 12;
const CHUNK_HEADER_BYTES = 8;
/** Chunks that affect how a frame looks: canvas and flags, color profile, background, and EXIF rotation. */
const DESCRIPTIONS = ['VP8X', 'ICCP', 'ANIM', 'EXIF'];

/**
 * Returns an animated WebP with only its first `frames` frames on the same canvas. Returns any other WebP unchanged.
 */
export function keepWebpFrames(webp: Buffer, frames: number): Buffer {
  if (webp.length < RIFF_HEADER_BYTES) {
    return webp;
  }
  const end = Math.min(CHUNK_HEADER_BYTES + webp.readUInt32LE(4), webp.length);
  const missing = new Set(DESCRIPTIONS);
  const kept: Buffer[] = [];
  let found = 0;
  // Each iteration advances by at least the header of a chunk.
  for (let offset = RIFF_HEADER_BYTES; offset + CHUNK_HEADER_BYTES <= end; ) {
    const type = webp.toString('latin1', offset, offset + 4);
    const length = webp.readUInt32LE(offset + 4);
    // A chunk of odd length is followed by a padding byte that its length does not include.
    const next = offset + CHUNK_HEADER_BYTES + length + (length % 2);
    found += type === 'ANMF' ? 1 : 0;
    if (missing.delete(type) || (type === 'ANMF' && found <= frames)) {
      kept.push(webp.subarray(offset, Math.min(next, end)));
    }
    offset = next;
  }
  if (found <= frames) {
    return webp;
  }
  const cut = Buffer.concat([webp.subarray(0, RIFF_HEADER_BYTES), ...kept]);
  cut.writeUInt32LE(cut.length - CHUNK_HEADER_BYTES, 4);
  return cut;
}
