import type { NewPicture, Picture, PictureDetails, UserRecord } from './database.ts';

/** What every database has of a picture; it lacks its details until it is rendered. */
export type PictureRow = NewPicture & {
  readonly [Detail in keyof PictureDetails]: PictureDetails[Detail] | null;
};

/** @param picture the live one. */
export function toUser(user: Pick<UserRecord, 'id' | 'name'>, picture: PictureRow | null): UserRecord {
  return { id: user.id, name: user.name, picture: picture && toPicture(picture) };
}

function toPicture(row: PictureRow): Picture {
  const { width, height, sizes, placeholder, dominantColor } = row;
  if (width === null || height === null || sizes === null || placeholder === null || dominantColor === null) {
    throw new Error(`The live picture ${row.id} lacks its details.`);
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
