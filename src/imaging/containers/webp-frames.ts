// Layout of https://developers.google.com/speed/webp/docs/riff_container.

const RIFF_HEADER_BYTES = 12;
const CHUNK_HEADER_BYTES = 8;
/** Chunks that affect how a frame looks: canvas and flags, color profile, background, and EXIF rotation. */
const DESCRIPTIONS = ['VP8X', 'ICCP', 'ANIM', 'EXIF'];

/** The first frames of an animated WebP. */
interface WebpFrames {
  readonly frames: readonly Buffer[];
  /** The first chunk of each kind of {@link DESCRIPTIONS}, split where the frames are. */
  readonly before: readonly Buffer[];
  readonly after: readonly Buffer[];
  /** Number of all frames in the file. */
  readonly count: number;
}

/** Returns an animated WebP with only its first frame on the same canvas. Returns any other WebP unchanged. */
export function keepFirstWebpFrame(webp: Buffer): Buffer {
  const animation = readWebpFrames(webp, 1);
  const [first] = animation.frames;
  return first === undefined || animation.count === 1 ? webp : withOneFrame(webp, animation, first);
}

/**
 * Yields a WebP for each frame after the first, up to the `maxFrames`th frame of the file. Each WebP has the same
 * canvas and contains only that frame.
 */
export function* splitWebp(webp: Buffer, maxFrames: number): Generator<Buffer> {
  const animation = readWebpFrames(webp, maxFrames);
  for (const frame of animation.frames.slice(1)) {
    yield withOneFrame(webp, animation, frame);
  }
}

function withOneFrame(webp: Buffer, { before, after }: WebpFrames, frame: Buffer): Buffer {
  const cut = Buffer.concat([webp.subarray(0, RIFF_HEADER_BYTES), ...before, frame, ...after]);
  cut.writeUInt32LE(cut.length - CHUNK_HEADER_BYTES, 4);
  return cut;
}

/** Reads at most `maxFrames` frames. */
function readWebpFrames(webp: Buffer, maxFrames: number): WebpFrames {
  const frames: Buffer[] = [];
  const before: Buffer[] = [];
  const after: Buffer[] = [];
  let count = 0;
  const missing = new Set(DESCRIPTIONS);
  const end =
    webp.length < RIFF_HEADER_BYTES ? 0 : Math.min(CHUNK_HEADER_BYTES + webp.readUInt32LE(4), webp.length);
  // Each iteration advances by at least the header of a chunk.
  for (let offset = RIFF_HEADER_BYTES; offset + CHUNK_HEADER_BYTES <= end; ) {
    const type = webp.toString('latin1', offset, offset + 4);
    const length = webp.readUInt32LE(offset + 4);
    // A chunk of odd length is followed by a padding byte that its length does not include.
    const next = offset + CHUNK_HEADER_BYTES + length + (length % 2);
    const chunk = webp.subarray(offset, Math.min(next, end));
    if (type === 'ANMF') {
      count += 1;
      if (count <= maxFrames) {
        frames.push(chunk);
      }
    } else if (missing.delete(type)) {
      (count === 0 ? before : after).push(chunk);
    }
    offset = next;
  }
  return { frames, before, after, count };
}
