import { createHash } from 'node:crypto';
import { statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import type pg from 'pg';

/** Bytes of the disk to leave free. */
const MIN_FREE_BYTES = 12e9;
const ROWS_AT_ONCE = 1_000_000;
/** One in this many pictures is in the trash, because a user replaced or removed it within seven days. */
const TRASH_ONE_OF = 25;
/** User ids have nine digits. */
const FIRST_USER = 100_000_000;

/** One in this many users has a count of uploads. */
const COUNTED_ONE_OF = 100;

// Numbers of rows that are the same at every size of the tables.
const DUE = 20_000;
const UNFINISHED = 200;
const HOT_USER_TRASH = 1_000;
const EXPIRED_COUNTS = 1_000;
const EVENTS = 100_000;
const USERS_WITH_EVENTS = 20_000;

export class LowDiskSpaceError extends Error {
  override name = 'LowDiskSpaceError';
}

/** Contents of the tables. */
export interface Filled {
  readonly pictures: number;
  readonly users: number;
  /** ID of a user with a thousand pictures in the trash. */
  readonly hotUser: string;
}

/** Names of steps and their seconds. */
export type Durations = [string, number][];

export function userId(number: number): string {
  return String(FIRST_USER + number);
}

/** Returns the path of the picture with a sequence number. */
export function pathOf(sequence: number): string {
  const digits = createHash('md5').update(String(sequence)).digest('hex');
  return `${digits.slice(0, 2)}/${digits.slice(2, 4)}/pic_${digits}`;
}

/**
 * Empties the tables and fills them again. Does both in one transaction, so that Postgres does not log the rows
 * (wal_level = minimal). First drops the indexes, and at the end creates them as the migrations did.
 * Rejects with LowDiskSpaceError if the disk is almost full.
 * @param placeholderLength characters of each placeholder.
 */
export async function fillTables(
  client: pg.Client,
  pictures: number,
  placeholderLength: number,
): Promise<{ filled: Filled; durations: Durations }> {
  const durations: Durations = [];
  const timed = async (name: string, work: () => Promise<unknown>) => {
    await checkDisk();
    const startedAt = performance.now();
    await work();
    durations.push([name, (performance.now() - startedAt) / 1000]);
  };
  const users = pictures - Math.floor(pictures / TRASH_ONE_OF);
  const filled = { pictures, users, hotUser: userId(1) };
  // Turns off the checks of foreign keys. The rows are consistent by construction.
  await client.query('SET session_replication_role = replica');
  // Deletes the files of the previous rows now, not at the end of the transaction.
  await client.query(EMPTY);
  await client.query('CHECKPOINT');
  await client.query('BEGIN');
  await client.query(EMPTY);
  const indexes = await dropIndexes(client);
  await timed('rows of users', () => inBatches(users, (from, to) => client.query(INSERT_USERS, [from, to])));
  await timed('rows of pictures', () =>
    inBatches(pictures, (from, to) =>
      client.query(INSERT_PICTURES, [from, to, pictures, users, placeholderLength]),
    ),
  );
  await client.query(INSERT_DUE, [pictures, users, DUE, HOT_USER_TRASH, placeholderLength]);
  await client.query(INSERT_COUNTS, [Math.floor(users / COUNTED_ONE_OF), EXPIRED_COUNTS]);
  await client.query(INSERT_EVENTS);
  await client.query("SELECT setval('portrait.pictures_sequence_seq', max(sequence)) FROM portrait.pictures");
  for (const { name, definition } of indexes) {
    await timed(name, () => client.query(definition));
  }
  await client.query('COMMIT');
  await client.query('SET session_replication_role = origin');
  return { filled, durations };
}

/** Adds pictures of an ended instance. Some are pending, and some are being deleted. */
export async function addUnfinished(client: pg.Client): Promise<void> {
  await client.query(INSERT_UNFINISHED, [UNFINISHED]);
}

async function inBatches(count: number, insert: (from: number, to: number) => Promise<unknown>) {
  for (let from = 1; from <= count; from += ROWS_AT_ONCE) {
    await checkDisk();
    await insert(from, Math.min(from + ROWS_AT_ONCE - 1, count));
  }
}

async function checkDisk(): Promise<void> {
  const { bavail, bsize } = await statfs(tmpdir());
  if (bavail * bsize < MIN_FREE_BYTES) {
    throw new LowDiskSpaceError(`Less than ${MIN_FREE_BYTES / 1e9} GB of disk space is free.`);
  }
}

/**
 * Drops the indexes of pictures and counts. Keeps the primary keys, because the rows are inserted in their order.
 * @returns the statements that create the indexes again.
 */
async function dropIndexes(client: pg.Client): Promise<{ name: string; definition: string }[]> {
  const { rows } = await client.query<{ name: string; drop: string; definition: string }>(`
    SELECT i.indexrelid::regclass::text AS name,
           CASE WHEN c.oid IS NULL THEN format('DROP INDEX %s', i.indexrelid::regclass)
                ELSE format('ALTER TABLE %s DROP CONSTRAINT %I', i.indrelid::regclass, c.conname) END AS drop,
           CASE WHEN c.oid IS NULL THEN pg_get_indexdef(i.indexrelid)
                ELSE format('ALTER TABLE %s ADD CONSTRAINT %I %s', i.indrelid::regclass, c.conname, pg_get_constraintdef(c.oid)) END AS definition
    FROM pg_index i LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.contype = 'u'
    WHERE i.indrelid IN ('portrait.pictures'::regclass, 'portrait.counts'::regclass) AND NOT i.indisprimary
    ORDER BY c.oid, i.indexrelid`);
  for (const { drop } of rows) {
    await client.query(drop);
  }
  return rows;
}

const EMPTY = 'TRUNCATE portrait.users, portrait.pictures, portrait.counts, portrait.outbox RESTART IDENTITY';

const INSERT_USERS = `
  INSERT INTO portrait.users (id, name, settled_sequence, email_md5, email_sha256)
  SELECT id, 'Ann', u + (u - 1) / ${TRASH_ONE_OF - 1}, md5(id), encode(sha256(id::bytea), 'hex')
  FROM generate_series($1::bigint, $2::bigint) u, LATERAL (SELECT (${FIRST_USER} + u)::text AS id) _`;

const COLUMNS = `sequence, id, user_id, state, path, file_name, alt_text, accepted_at, accepted_by, width, height,
  sizes, placeholder, dominant_color, trashed_at, trashed_order`;

// SQL expressions for the columns of a picture, from its sequence number `n` and the `digits` of its ID.
const ID_AND_PATH = {
  id: "'pic_' || digits",
  path: "left(digits, 2) || '/' || substr(digits, 3, 2) || '/pic_' || digits",
};
const FILE = `'IMG_' || n % 10000 || '.jpg', CASE WHEN n % 4 = 0 THEN 'On the beach' END`;
const details = (placeholderLength: string) =>
  `4032, 3024, '{64,128,256,512}'::int[], left('data:image/webp;base64,' || repeat(digits, 8), ${placeholderLength}), '#' || left(digits, 6)`;

const INSERT_PICTURES = `
  INSERT INTO portrait.pictures (${COLUMNS}) OVERRIDING SYSTEM VALUE
  SELECT n, ${ID_AND_PATH.id},
         (${FIRST_USER} + CASE WHEN trash THEN n * 7919 % $4::bigint + 1 ELSE n - n / ${TRASH_ONE_OF} END)::text,
         CASE WHEN trash THEN 'trash' ELSE 'live' END, ${ID_AND_PATH.path}, ${FILE},
         now() - ($3::bigint - n) * interval '1 second', '0123456789abcdef', ${details('$5::int')},
         CASE WHEN trash THEN now() - interval '7 days' * (1 - n / ($3::bigint + 1.0)) END, CASE WHEN trash THEN n END
  FROM (SELECT n, md5(n::text) AS digits, n % ${TRASH_ONE_OF} = 0 AS trash
        FROM generate_series($1::bigint, $2::bigint) n OFFSET 0) AS numbered`;

/** Inserts pictures that are due to leave the trash, and the trash of the hot user. */
const INSERT_DUE = `
  INSERT INTO portrait.pictures (${COLUMNS}) OVERRIDING SYSTEM VALUE
  SELECT n, ${ID_AND_PATH.id}, (${FIRST_USER} + CASE WHEN due THEN n % $2::bigint + 1 ELSE 1 END)::text, 'trash',
         ${ID_AND_PATH.path}, ${FILE}, now() - interval '8 days', '0123456789abcdef', ${details('$5::int')},
         CASE WHEN due THEN now() - interval '7 days' - k * interval '1 second' ELSE now() END, n
  FROM (SELECT k, $1::bigint + k AS n, md5(($1::bigint + k)::text) AS digits, k <= $3::int AS due
        FROM generate_series(1, $3::int + $4::int) k OFFSET 0) AS numbered`;

const INSERT_UNFINISHED = `
  INSERT INTO portrait.pictures (id, user_id, state, path, file_name, accepted_at, accepted_by)
  SELECT ${ID_AND_PATH.id}, '${FIRST_USER + 1}', state, ${ID_AND_PATH.path}, 'me.jpg', now(), 'fedcba9876543210'
  FROM (SELECT state, md5(random()::text) AS digits
        FROM generate_series(1, $1::int), unnest(ARRAY['pending', 'deleting']) AS state OFFSET 0) AS numbered`;

/** Inserts counts of users who uploaded within two hours. Some counts expired more than an hour ago. */
const INSERT_COUNTS = `
  INSERT INTO portrait.counts (key, points, expire)
  SELECT 'uploads:' || (${FIRST_USER} + c), 1,
         (extract(epoch FROM now()) * 1000)::bigint + CASE WHEN c <= $2::bigint THEN -3700000 ELSE c % 3600000 END
  FROM generate_series(1, $1::bigint + $2::bigint) c`;

/** Inserts a full outbox, as after an outage of the receiver. Half of the oldest events of users are due. */
const INSERT_EVENTS = `
  INSERT INTO portrait.outbox (
    id, user_id, type, actor, picture_id, path, sizes, dominant_color, changed_at, next_attempt_at
  )
  SELECT 'msg_' || digits, user_id, 'profile_picture.updated', user_id, ${ID_AND_PATH.id}, ${ID_AND_PATH.path},
         '{64,128,256,512}', '#' || left(digits, 6), now(),
         CASE WHEN n <= ${USERS_WITH_EVENTS} THEN now() + n % 2 * interval '1 hour' END
  FROM (SELECT n, md5(n::text) AS digits, (${FIRST_USER} + n % ${USERS_WITH_EVENTS} + 1)::text AS user_id
        FROM generate_series(1, ${EVENTS}) n OFFSET 0) AS numbered`;
