import { detectMediaType, HEADER_BYTES } from '../detect-media-type.ts';
import type { WorkerJob } from '../job.ts';
import { type Correction, findCorrection } from '../upright/correction.ts';
import { decodeHeic } from './decode-heic.ts';

/** Decoded pixels, and the upright picture among them. */
export interface DecodedPhoto extends Correction {
  readonly image: ImageBitmap | OffscreenCanvas;
}

/** Decodes a picture. Rejects if the browser cannot decode it. */
export async function decodePhoto({
  file,
  decoder,
  libheifFolder,
}: Pick<WorkerJob, 'file' | 'decoder' | 'libheifFolder'>): Promise<DecodedPhoto> {
  const image = decoder === 'libheif' ? await decodeHeic(file, libheifFolder) : await createImageBitmap(file);
  const mediaType = detectMediaType(await file.slice(0, HEADER_BYTES).arrayBuffer());
  const { width, height } = image;
  return { image, ...(await findCorrection(file, mediaType, { width, height })) };
}
