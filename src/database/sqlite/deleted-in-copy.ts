import { existsSync } from 'node:fs';
import Sqlite from 'better-sqlite3';
import type { PictureKey } from '../database.ts';
import { deletionGroupOf } from '../deletion-group.ts';

/** Maximum number of pictures in a batch. */
const BATCH_SIZE = 1_000;

interface Row extends PictureKey {
  readonly userId: string;
  readonly sequence: number;
}

/**
 * Yields pictures of users who were deleted after an earlier copy, in batches. A picture counts as such if the earlier
 * copy has it, the new one does not, and the new one has more deletions in its user's group. A database that was set up
 * anew, or restored from an older copy, has not. So a copy of the wrong database deletes no pictures from a backup.
 * @param earlier path of the earlier copy. It may be missing, or from a version that did not count deletions.
 * @param next path of the new copy.
 */
export function* picturesOfDeletedUsers(earlier: string, next: string): Iterable<PictureKey[]> {
  if (!existsSync(earlier)) {
    return;
  }
  const [before, after] = [earlier, next].map((path) => new Sqlite(path, { readonly: true })) as [
    Sqlite.Database,
    Sqlite.Database,
  ];
  try {
    const counts = countsIn(before);
    const grown = new Set(
      [...countsIn(after)]
        .filter(([group, count]) => count > (counts.get(group) ?? 0))
        .map(([group]) => group),
    );
    if (grown.size === 0) {
      return;
    }
    const batch = before.prepare<[number, number], Row>(
      'SELECT sequence, id, path, user_id AS userId FROM pictures WHERE sequence > ? ORDER BY sequence LIMIT ?',
    );
    const isKept = after.prepare<[string], number>('SELECT 1 FROM pictures WHERE id = ?').pluck();
    for (let rows = batch.all(0, BATCH_SIZE); rows.length > 0; ) {
      yield rows
        .filter(({ id, userId }) => grown.has(deletionGroupOf(userId)) && isKept.get(id) === undefined)
        .map(({ id, path }) => ({ id, path }));
      rows = batch.all(rows.at(-1)?.sequence ?? 0, BATCH_SIZE);
    }
  } finally {
    before.close();
    after.close();
  }
}

/** Returns the number of deletions of each group. */
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
