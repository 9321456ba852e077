import type { NewPicture, Picture, PictureDetails, UserRecord } from './database.ts';

type Unrendered = { readonly [Detail in keyof PictureDetails]: PictureDetails[Detail] | null };

/** What every database has of a picture; it lacks its details until it is rendered. */
export interface PictureRow extends NewPicture, Unrendered {}

/** @param picture the live one. */
export function toUser(user: Pick<UserRecord, 'id' | 'name'>, picture: PictureRow | null): UserRecord {
  return { id: user.id, name: user.name, picture: picture && toPicture(picture) };
}

/** @param row of a picture that was rendered. */
export function toPicture(row: PictureRow): Picture {
  const { width, height, sizes, placeholder, dominantColor } = row;
  if (width === null || height === null || sizes === null || placeholder === null || dominantColor === null) {
    throw new Error(`The picture ${row.id} lacks its details.`);
  }
  const { id, path, userId, fileName, altText, acceptedAt } = row;
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
