import { type PhotoCrop, type PhotoEdit, turnedSize, turnsOf } from '../edit.ts';
import type { Size } from '../size.ts';
import { uprightSize } from '../upright/correction.ts';
import { contextOf } from './context-of.ts';
import type { DecodedPhoto } from './decode-photo.ts';
import { type Matrix, orientationMatrix, turnMatrix } from './matrices.ts';

/** Draws the cropped part of an edited picture, at this size. */
export function drawPhoto(
  photo: DecodedPhoto,
  edit: PhotoEdit & { readonly crop: PhotoCrop },
  { width, height }: Size,
): OffscreenCanvas {
  const { mirrored, crop, background } = edit;
  const canvas = new OffscreenCanvas(width, height);
  const context = contextOf(canvas);
  if (background !== undefined) {
    context.fillStyle = background;
    context.fillRect(0, 0, width, height);
  }
  context.imageSmoothingQuality = 'high';
  const upright = uprightSize(photo);
  const turned = turnedSize(upright, edit);
  // The transformations apply to the picture in the reverse order of these calls.
  context.scale(width / (crop.width * turned.width), height / (crop.height * turned.height));
  context.translate(-crop.x * turned.width, -crop.y * turned.height);
  if (mirrored === true) {
    apply(context, orientationMatrix(2, turned));
  }
  apply(context, turnMatrix(turnsOf(edit), upright));
  const { image, area, orientation } = photo;
  apply(context, orientationMatrix(orientation, area));
  const { left, top } = area;
  context.drawImage(image, left, top, area.width, area.height, 0, 0, area.width, area.height);
  return canvas;
}

function apply(context: OffscreenCanvasRenderingContext2D, matrix: Matrix): void {
  context.transform(...matrix);
}
