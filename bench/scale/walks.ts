import type pg from 'pg';
import type { PictureDatabase } from '../../src/database/database.ts';
import type { Filled } from './tables.ts';

const ROWS = 1_000_000;
const BATCH_SIZE = 500;

/** Pictures a second of operations that have to walk all rows. */
export interface Walks {
  /** Reading rows, as reconcile and backup do. */
  readonly storedPictures: number;
  /** Looking up paths as reconcile does, 500 at a time, in the order of a storage's list. */
  readonly knownPaths: number;
  /** Reading whole rows as text, as pg_dump does. */
  readonly copy: number;
}

/** Measures the rates with at most a million pictures. */
export async function measureWalks(
  client: pg.Client,
  database: PictureDatabase,
  { pictures }: Filled,
): Promise<Walks> {
  const rows = Math.min(ROWS, pictures);
  const rate = async (count: number, walk: () => Promise<unknown>) => {
    const startedAt = performance.now();
    await walk();
    return count / ((performance.now() - startedAt) / 1000);
  };
  const listed = await client.query<{ path: string }>(
    `SELECT path FROM portrait.pictures WHERE path > '80/' ORDER BY path LIMIT ${rows / 10}`,
  );
  const paths = listed.rows.map(({ path }) => path);
  return {
    storedPictures: await rate(rows, () => walkStored(database, rows)),
    knownPaths: await rate(paths.length, async () => {
      for (let start = 0; start < paths.length; start += BATCH_SIZE) {
        await database.knownPaths(paths.slice(start, start + BATCH_SIZE));
      }
    }),
    copy: await rate(rows, () =>
      client.query(
        `COPY (SELECT * FROM portrait.pictures ORDER BY sequence DESC LIMIT ${rows}) TO '/dev/null'`,
      ),
    ),
  };
}

async function walkStored(database: PictureDatabase, rows: number): Promise<void> {
  let walked = 0;
  for await (const batch of database.storedPictures()) {
    walked += batch.length;
    if (walked >= rows) {
      return;
    }
  }
}
