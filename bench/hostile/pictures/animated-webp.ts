import sharp from 'sharp';

const FRAME_EDGE = 64;

/** Makes an animated WebP (RFC 9649, 2.7.1.1) whose frames are all the same 64 x 64 pixels: 56 bytes each. */
export async function animatedWebp(frames: number): Promise<Buffer> {
  const still = await sharp({
    create: { width: FRAME_EDGE, height: FRAME_EDGE, channels: 3, background: '#123' },
  })
    .webp({ lossless: true })
    .toBuffer();
  const canvas = Buffer.alloc(10);
  // The flag of an animation.
  canvas[0] = 2;
  canvas.writeUIntLE(FRAME_EDGE - 1, 4, 3);
  canvas.writeUIntLE(FRAME_EDGE - 1, 7, 3);
  const place = Buffer.alloc(16);
  place.writeUIntLE(FRAME_EDGE - 1, 6, 3);
  place.writeUIntLE(FRAME_EDGE - 1, 9, 3);
  // Behind the twelve bytes of the file's own header stands the chunk of the picture.
  const frame = chunk('ANMF', Buffer.concat([place, still.subarray(12)]));
  return chunk(
    'RIFF',
    Buffer.concat([
      Buffer.from('WEBP'),
      chunk('VP8X', canvas),
      chunk('ANIM', Buffer.alloc(6)),
      ...Array<Buffer>(frames).fill(frame),
    ]),
  );
}

function chunk(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.write(type);
  head.writeUInt32LE(body.length, 4);
  return Buffer.concat([head, body]);
}
