import type { AvatarRecord, NewPicture, Picture, PictureDetails } from './database.ts';

type Unrendered = { readonly [Detail in keyof PictureDetails]: PictureDetails[Detail] | null };

/** Columns of a picture that both databases have. Its details are null until it is rendered. */
export interface PictureRow extends NewPicture, Unrendered {}

/** Throws if a picture has not been rendered. */
export function assertRendered(row: PictureRow): asserts row is Picture {
  const { width, height, sizes, placeholder, dominantColor } = row;
  if (width === null || height === null || sizes === null || placeholder === null || dominantColor === null) {
    throw new Error(`The row of the picture ${row.id} is incomplete.`);
  }
}

/** Converts a row of either database. Throws if the picture has not been rendered. */
export function toPicture(row: PictureRow): Picture {
  assertRendered(row);
  const { id, path, userId, fileName, altText, acceptedAt } = row;
  const { width, height, sizes, placeholder, dominantColor } = row;
  return {
    id,
    path,
    userId,
    fileName,
    altText,
    acceptedAt,
    width,
    height,
    sizes,
    placeholder,
    dominantColor,
  };
}

const UNKNOWN_USER: AvatarRecord = { name: null, picture: null };

/** Converts a row of either database. @param row undefined for an unknown user. */
export function toAvatar(
  row:
    | { readonly name: string | null; readonly path: string | null; readonly sizes: readonly number[] | null }
    | undefined,
): AvatarRecord {
  if (row === undefined) {
    return UNKNOWN_USER;
  }
  return { name: row.name, picture: toAvatarPicture(row) };
}

/** Converts a row of either database. @param row undefined if there is no live picture. */
export function toAvatarPicture(
  row: { readonly path: string | null; readonly sizes: readonly number[] | null } | undefined,
): AvatarRecord['picture'] {
  return row === undefined || row.path === null || row.sizes === null
    ? null
    : { path: row.path, sizes: row.sizes };
}
