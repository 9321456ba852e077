import { existsSync } from 'node:fs';
import Sqlite from 'better-sqlite3';
import { deletionGroupOf } from '../deletion-group.ts';
import { DatabaseUnusableError } from '../errors.ts';

/** Maximum number of pictures in a batch. */
const BATCH_SIZE = 1_000;

/** A picture that may be in the folder of a backup, and that the new copy of the database does not name. */
export interface UnnamedPicture {
  /** Path relative to the storage of the backup. */
  readonly path: string;
  /** True if more users of its group have been deleted since a copy named it. */
  readonly isOfDeletedUser: boolean;
}

/**
 * List of the pictures in the folder of a backup. A copy of the database does not name pictures that were deleted
 * before the copy was made, or that an interrupted backup copied. So it cannot say whose they were.
 */
export interface PictureInventory {
  /** Yields the pictures that the new copy does not name, in batches. The caller can {@link forget} them meanwhile. */
  unnamed(): Iterable<readonly UnnamedPicture[]>;
  /** Removes pictures that are no longer in the folder. */
  forget(paths: readonly string[]): void;
  close(): void;
}

interface Row {
  readonly path: string;
  readonly userGroup: number;
  /** Deletions in the group when a copy last named the picture. */
  readonly deletions: number;
}

/** Groups, not users: the list must not name a user who was deleted. */
const TABLE = `CREATE TABLE IF NOT EXISTS inventory (
  path TEXT PRIMARY KEY, user_group INTEGER NOT NULL, deletions INTEGER NOT NULL
) WITHOUT ROWID`;

const ADD = 'INSERT INTO inventory VALUES (@path, @userGroup, @deletions) ON CONFLICT DO NOTHING';

const ADD_OR_RENEW = `INSERT INTO inventory VALUES (@path, @userGroup, @deletions)
  ON CONFLICT DO UPDATE SET deletions = excluded.deletions WHERE deletions <> excluded.deletions`;

/**
 * Opens the list, and durably adds the pictures of both copies. Call this before the files of the new copy are copied,
 * so that a picture never gets into the folder without being listed. Throws DatabaseUnusableError.
 * @param path path of the list. Created if it is missing. @param earlier path of the earlier copy. It may be missing.
 * @param next path of the new copy.
 */
export function openPictureInventory(path: string, earlier: string, next: string): PictureInventory {
  const copy = new Sqlite(next, { readonly: true });
  let list: Sqlite.Database | undefined;
  try {
    list = new Sqlite(path);
    list.pragma('secure_delete = ON');
    list.exec(TABLE);
    // The earlier copy may be older than the list.
    if (existsSync(earlier)) {
      const before = new Sqlite(earlier, { readonly: true });
      addAll(list, ADD, before);
      before.close();
    }
    addAll(list, ADD_OR_RENEW, copy);
  } catch (error) {
    copy.close();
    list?.close();
    throw new DatabaseUnusableError(path, (error as Error).message, { cause: error });
  }
  return inventoryOf(list, copy);
}

function inventoryOf(list: Sqlite.Database, copy: Sqlite.Database): PictureInventory {
  const deletionsOf = countsIn(copy);
  const isNamed = copy.prepare<[string], number>('SELECT 1 FROM pictures WHERE path = ?').pluck();
  const batch = list.prepare<[string, number], Row>(
    'SELECT path, user_group AS userGroup, deletions FROM inventory WHERE path > ? ORDER BY path LIMIT ?',
  );
  const remove = list.prepare<[string]>('DELETE FROM inventory WHERE path = ?');
  return {
    *unnamed() {
      for (let rows = batch.all('', BATCH_SIZE); rows.length > 0; ) {
        yield rows
          .filter(({ path }) => isNamed.get(path) === undefined)
          .map(({ path, userGroup, deletions }) => ({
            path,
            isOfDeletedUser: (deletionsOf.get(userGroup) ?? 0) > deletions,
          }));
        rows = batch.all(rows.at(-1)?.path ?? '', BATCH_SIZE);
      }
    },
    forget: list.transaction((paths: readonly string[]) => {
      for (const path of paths) {
        remove.run(path);
      }
    }),
    close() {
      list.close();
      copy.close();
    },
  };
}

/** Adds the pictures of a copy in one transaction. The number of its rows bounds the loop. */
function addAll(list: Sqlite.Database, insert: string, copy: Sqlite.Database): void {
  const deletionsOf = countsIn(copy);
  const add = list.prepare(insert);
  const rows = copy.prepare<[], { path: string; userId: string }>(
    'SELECT path, user_id AS userId FROM pictures',
  );
  list.transaction(() => {
    for (const { path, userId } of rows.iterate()) {
      const userGroup = deletionGroupOf(userId);
      add.run({ path, userGroup, deletions: deletionsOf.get(userGroup) ?? 0 });
    }
  })();
}

/** Returns the number of deletions of each group. A copy of an earlier version has none. */
function countsIn(client: Sqlite.Database): Map<number, number> {
  const isCounting = client.prepare("SELECT 1 FROM sqlite_master WHERE name = 'deletion_counts'").get();
  if (isCounting === undefined) {
    return new Map();
  }
  const rows = client
    .prepare<[], [number, number]>('SELECT user_group, count FROM deletion_counts')
    .raw()
    .all();
  return new Map(rows);
}
