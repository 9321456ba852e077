import type { StoredPicture, StoredUser } from './movable.ts';
import { type PictureRow, toPicture } from './to-user.ts';

interface StoredRow extends PictureRow {
  readonly sequence: number;
  readonly state: string;
  readonly trashedAt: Date | null;
  readonly trashedOrder: number | null;
  readonly withheld: boolean;
}

/** Converts a row of either database. @param row of a picture that is live or in the trash. */
export function toStoredPicture(row: StoredRow): StoredPicture {
  const { sequence, trashedAt, trashedOrder, withheld } = row;
  const state = row.state === 'live' ? 'live' : 'trash';
  return { ...toPicture(row), sequence, state, trashedAt, trashedOrder, withheld };
}

/** Returns the highest sequence that these rows use, or 0. */
export function highestSequence(users: readonly StoredUser[], pictures: readonly StoredPicture[]): number {
  return Math.max(
    0,
    ...users.map(({ settledSequence }) => settledSequence),
    ...pictures.map(({ sequence }) => sequence),
  );
}
