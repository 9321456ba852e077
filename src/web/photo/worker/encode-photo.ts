import { type PhotoCrop, turnedSize } from '../edit.ts';
import type { Job, Output } from '../job.ts';
import type { Size } from '../size.ts';
import { uprightSize } from '../upright/correction.ts';
import { contextOf } from './context-of.ts';
import type { DecodedPhoto } from './decode-photo.ts';
import { drawPhoto } from './draw-photo.ts';
import { hasTransparency } from './has-transparency.ts';

const WHOLE: PhotoCrop = { x: 0, y: 0, width: 1, height: 1 };
/** Maximum number of encodings of one picture. Each is smaller than the one before. */
const MAX_ENCODINGS = 6;
/** Factor below the edge length that should fit, because the size of a file does not follow its pixels exactly. */
const MARGIN = 0.95;

/** Edits and encodes a picture. Reduces it until it fits the limits, or cannot be reduced further. */
export async function encodePhoto(photo: DecodedPhoto, { edit, output }: Job): Promise<Blob> {
  const turned = turnedSize(uprightSize(photo), edit);
  const crop = edit.crop ?? WHOLE;
  const full: Size = { width: crop.width * turned.width, height: crop.height * turned.height };
  let scale = initialScale(full, output);
  for (let encodings = 1; ; encodings += 1) {
    const size = scaledSize(full, scale);
    const canvas = drawPhoto(photo, { ...edit, crop }, size);
    const blob = await encode(canvas, output);
    const minScale = Math.min(scale, output.minEdge / Math.min(full.width, full.height));
    if (blob.size <= output.maxBytes || encodings === MAX_ENCODINGS || scale === minScale) {
      return blob;
    }
    scale = Math.max(minScale, scale * MARGIN * Math.sqrt(output.maxBytes / blob.size));
  }
}

/** Returns the factor by which the limits of the output reduce a picture. Never enlarges a picture. */
function initialScale({ width, height }: Size, { maxEdge, minEdge, maxPixels }: Output): number {
  const byEdge = Math.max(maxEdge / Math.max(width, height), minEdge / Math.min(width, height));
  return Math.min(1, byEdge, Math.sqrt(maxPixels / (width * height)));
}

function scaledSize({ width, height }: Size, scale: number): Size {
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

async function encode(
  canvas: OffscreenCanvas,
  { opaqueTypes, transparentTypes, quality }: Output,
): Promise<Blob> {
  const isTransparent = hasTransparency(canvas);
  if (isTransparent && transparentTypes.length === 0) {
    const context = contextOf(canvas);
    context.globalCompositeOperation = 'destination-over';
    context.fillStyle = 'white';
    context.fillRect(0, 0, canvas.width, canvas.height);
  }
  const types = isTransparent && transparentTypes.length > 0 ? transparentTypes : opaqueTypes;
  for (const type of types) {
    const blob = await canvas.convertToBlob({ type, quality });
    // A browser that cannot encode a type returns a PNG.
    if (blob.type === type) {
      return blob;
    }
  }
  return await canvas.convertToBlob({ type: 'image/png' });
}
