// Layout of https://developers.google.com/speed/webp/docs/riff_container.

const RIFF_HEADER_BYTES = 12;
const CHUNK_HEADER_BYTES = 8;
/** Chunks that affect how a frame looks: canvas and flags, colours, background, and EXIF, which can rotate the picture. */
const DESCRIPTIONS = ['VP8X', 'ICCP', 'ANIM', 'EXIF'];

/** Returns an animated WebP with only its first `frames` frames, on the same canvas. Returns any other WebP unchanged. */
export function keepWebpFrames(webp: Buffer, frames: number): Buffer {
  if (webp.length < RIFF_HEADER_BYTES) {
    return webp;
  }
  const end = Math.min(CHUNK_HEADER_BYTES + webp.readUInt32LE(4), webp.length);
  const missing = new Set(DESCRIPTIONS);
  const kept: Buffer[] = [];
  let found = 0;
  // Each round advances by at least the header of a chunk.
  for (let at = RIFF_HEADER_BYTES; at + CHUNK_HEADER_BYTES <= end; ) {
    const type = webp.toString('latin1', at, at + 4);
    const length = webp.readUInt32LE(at + 4);
    // A chunk of odd length is followed by a byte that it does not count.
    const next = at + CHUNK_HEADER_BYTES + length + (length % 2);
    found += type === 'ANMF' ? 1 : 0;
    if (missing.delete(type) || (type === 'ANMF' && found <= frames)) {
      kept.push(webp.subarray(at, Math.min(next, end)));
    }
    at = next;
  }
  if (found <= frames) {
    return webp;
  }
  const cut = Buffer.concat([webp.subarray(0, RIFF_HEADER_BYTES), ...kept]);
  cut.writeUInt32LE(cut.length - CHUNK_HEADER_BYTES, 4);
  return cut;
}
