import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject, onTestFinished } from 'vitest';
import type { PictureDatabase } from '../../src/database/database.ts';
import { openPostgresDatabase } from '../../src/database/postgres/postgres-database.ts';
import { createLogger, type Logger } from '../../src/telemetry/logger.ts';
import { expectInTest, isConcurrent } from './current-test.ts';

/** Database of this test file. Its tests share the database, because creating one takes longer than most tests. */
let databaseOfFile: Promise<string> | undefined;

/** Returns the URL of an empty Postgres database for the current test. Each concurrent test gets its own database. */
export async function newPostgres(): Promise<string> {
  if (isConcurrent()) {
    return await createDatabase();
  }
  databaseOfFile ??= createDatabase();
  const url = await databaseOfFile;
  await runSql(url, 'DROP SCHEMA IF EXISTS portrait CASCADE');
  return url;
}

/** Deletes all rows, and nothing if there are no tables yet. */
const EMPTY = `DO $$
  DECLARE
    tables text;
  BEGIN
    SELECT string_agg(format('%I.%I', schemaname, tablename), ', ') INTO tables
      FROM pg_tables WHERE schemaname = 'portrait' AND tablename <> '__drizzle_migrations';
    IF tables IS NOT NULL THEN
      EXECUTE 'TRUNCATE ' || tables || ' RESTART IDENTITY CASCADE';
    END IF;
  END $$`;

/**
 * Returns the URL of a Postgres database without rows for the current test, which must not be concurrent. Keeps the
 * tables of an earlier test, because the migrations take longer than most tests.
 */
export async function emptiedPostgres(): Promise<string> {
  databaseOfFile ??= createDatabase();
  const url = await databaseOfFile;
  await runSql(url, EMPTY);
  return url;
}

async function createDatabase(): Promise<string> {
  const name = `test_${randomBytes(8).toString('hex')}`;
  await runSql(inject('postgresUrl'), `CREATE DATABASE ${name}`);
  return urlOf(name);
}

/** Returns the URL of a database on the test server. */
export function urlOf(database: string): string {
  const url = new URL(inject('postgresUrl'));
  url.pathname = database;
  return url.href;
}

/** Runs statements over a new connection. @returns the rows of the last statement. */
export async function runSql(url: string, sql: string): Promise<Record<string, unknown>[]> {
  return await withClient(url, (client) => runStatements(client, sql));
}

async function withClient<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

async function runStatements(client: pg.Client, sql: string): Promise<Record<string, unknown>[]> {
  const result: pg.QueryResult | pg.QueryResult[] = await client.query(sql);
  return (Array.isArray(result) ? result.at(-1) : result)?.rows ?? [];
}

export interface OpenOptions {
  readonly poolSize?: number;
  readonly logger?: Logger;
  /** Name of the storage in use. */
  readonly storage?: string;
  readonly recordsChanges?: boolean;
}

/** Opens a Postgres database as a new instance, for the current test. */
export async function openInstance(url: string, options: OpenOptions = {}): Promise<PictureDatabase> {
  const { poolSize = 5, logger = createLogger('silent') } = options;
  const database = await openPostgresDatabase({ ...options, url, poolSize, logger });
  onTestFinished(() => database.close());
  return database;
}

/** Resolves when exactly this many sessions wait for a lock. */
export async function waitingForLocks(url: string, sessions: number): Promise<void> {
  const sql = `SELECT count(*)::int AS waiting FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'`;
  // Portrait stops waiting for a lock after 4 s. On a busy machine, a new connection for each query could take longer.
  await withClient(url, (client) =>
    expectInTest()
      .poll(async () => (await runStatements(client, sql))[0]?.['waiting'])
      .toBe(sessions),
  );
}
