import { FileChangedError } from '../shared/post.ts';
import { type PhotoCrop, type PhotoEdit, turnsOf } from './edit.ts';
import type { Photo } from './photo.ts';
import { renderPhoto } from './render-photo.ts';

/** Variables of an upload. */
export interface Upload {
  readonly file: File;
  /** Crop for the server. Undefined if the file is already cropped, or if the server is to choose the square. */
  readonly crop: PhotoCrop | undefined;
}

/** Largest part of an edge by which rounding puts a crop outside the picture. */
const ROUNDING = 1e-6;

/**
 * Returns the file and the crop to upload for an edited photo. Keeps the original file if the server can do the edit.
 * Rejects with FileChangedError if the file was changed or deleted after the user chose it, with PhotoError if the
 * photo cannot be rendered, or with the signal's reason.
 */
export async function prepareUpload(
  photo: Photo,
  edit: PhotoEdit,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<Upload> {
  const { file } = photo;
  await checkUnchanged(file);
  if (photo.size === undefined || (photo.sendable && isServersEdit(edit))) {
    return { file, crop: photo.size && edit.crop && withinPicture(edit.crop) };
  }
  try {
    return { file: await renderPhoto(photo, edit, { signal }), crop: undefined };
  } catch (error) {
    signal?.throwIfAborted();
    await checkUnchanged(file);
    throw error;
  }
}

/** Rejects with FileChangedError if the browser can no longer read the file. */
async function checkUnchanged(file: File): Promise<void> {
  try {
    await file.slice(0, 1).arrayBuffer();
  } catch {
    throw new FileChangedError(file.name);
  }
}

/** Returns whether the server can do the edit, which takes only a crop inside the upright picture. */
function isServersEdit(edit: PhotoEdit): boolean {
  const { x, y, width, height } = edit.crop ?? { x: 0, y: 0, width: 1, height: 1 };
  const isInside = [x, y, 1 - x - width, 1 - y - height].every((margin) => margin >= -ROUNDING);
  return turnsOf(edit) === 0 && edit.mirrored !== true && edit.background === undefined && isInside;
}

/** Clamps rounding errors at the edges, because the API rejects a crop outside the picture. */
function withinPicture({ x, y, width, height }: PhotoCrop): PhotoCrop {
  const [left, top] = [Math.max(x, 0), Math.max(y, 0)];
  return { x: left, y: top, width: Math.min(width, 1 - left), height: Math.min(height, 1 - top) };
}
