/** The part of a user that decides whether a picture can be restored. */
interface User {
  readonly id: string;
  readonly profilePicture: { readonly id: string } | null;
}

/** The last change that moved a picture to the trash, as this browser remembers it. */
interface StoredChange {
  readonly userId: string;
  /** Picture after the change. Null if the user removed the picture. */
  readonly pictureId: string | null;
  /** Time at which the page stops offering the picture, in milliseconds since 1970. */
  readonly until: number;
}

const KEY = 'portrait-restorable';
/** The trash keeps a picture for 7 days. The page stops offering it a little earlier. */
const MAX_AGE_MS = (7 * 24 - 1) * 3_600_000;

/** Remembers across reloads that the user can restore the picture that the last change replaced. */
export function rememberRestorable({ id, profilePicture }: User): void {
  const record: StoredChange = {
    userId: id,
    pictureId: profilePicture?.id ?? null,
    until: Date.now() + MAX_AGE_MS,
  };
  withStorage((storage) => storage.setItem(KEY, JSON.stringify(record)));
}

/** Forgets what {@link rememberRestorable} has stored. */
export function forgetRestorable(): void {
  withStorage((storage) => storage.removeItem(KEY));
}

/** Returns whether the user can still restore the picture that this browser remembers. */
export function isRestorable({ id, profilePicture }: User): boolean {
  const record = withStorage((storage): StoredChange | null => JSON.parse(storage.getItem(KEY) ?? 'null'));
  return (
    record?.userId === id && record.pictureId === (profilePicture?.id ?? null) && Date.now() < record.until
  );
}

/** Returns undefined if the browser forbids storage, it is full, or another program has overwritten the record. */
function withStorage<Result>(use: (storage: Storage) => Result): Result | undefined {
  try {
    return use(localStorage);
  } catch {
    return undefined;
  }
}
