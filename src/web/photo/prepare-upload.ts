import { FileChangedError } from '../shared/post.ts';
import type { PhotoCrop, PhotoEdit } from './edit.ts';
import type { Photo } from './photo.ts';
import { renderPhoto } from './render-photo.ts';
import { isServerEdit, withinPicture } from './server-edit.ts';

/** Variables of an upload. */
export interface Upload {
  readonly file: File;
  /** Crop for the server. Undefined if the file is already cropped, or if the server is to choose the square. */
  readonly crop: PhotoCrop | undefined;
}

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
  if (photo.size === undefined || (photo.sendable && isServerEdit(edit))) {
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
