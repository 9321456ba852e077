import sharp from 'sharp';
import { animatedWebp as animate, webpChunks, webpFrame } from '../../../test/hostile/files/webp.ts';

const FRAME_EDGE = 64;

/** Creates an animated WebP (RFC 9649, 2.7.1.1). All frames are the same 64 x 64 pixels and have 56 bytes each. */
export async function animatedWebp(frames: number): Promise<Buffer> {
  const still = await sharp({
    create: { width: FRAME_EDGE, height: FRAME_EDGE, channels: 3, background: '#123' },
  })
    .webp({ lossless: true })
    .toBuffer();
  const frame = webpFrame(FRAME_EDGE, FRAME_EDGE, webpChunks(still));
  return animate(FRAME_EDGE, FRAME_EDGE, Array<Buffer>(frames).fill(frame));
}
