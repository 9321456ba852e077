import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { DatabaseBusyError } from '../errors.ts';
import { instanceLock, JANITOR_LOCK } from './advisory-locks.ts';
import { connectionSettings, prepareSession } from './connection-settings.ts';
import { PostgresFault } from './postgres-faults.ts';

/** A session that holds an instance's lock, by which the others know that it lives. */
export interface Presence {
  /** See {@link PictureDatabase.exclusively}. */
  exclusively(work: () => Promise<void>): Promise<boolean>;
  close(): Promise<void>;
}

/** Milliseconds between two tries to come back. */
const RETRY_EVERY_MS = 500;
const CLOSE_TIMEOUT_MS = 1_000;
/** So that a machine that lost its power is not taken for living for hours: seconds. */
const KEEPALIVES = { tcp_keepalives_idle: 20, tcp_keepalives_interval: 10, tcp_keepalives_count: 3 };

/**
 * Takes the instance's lock, and takes it again by itself whenever the session is lost. Until then another
 * instance may take this one for ended; what it clears then costs uploads under way, and nothing else.
 */
export async function enterPresence(url: string, instance: string): Promise<Presence> {
  const closing = new AbortController();
  let session: pg.Client | undefined = await enter();

  async function enter(): Promise<pg.Client> {
    const client = new pg.Client(connectionSettings(url));
    client.on('error', () => {});
    try {
      await client.connect();
      await prepareSession(client);
      const settings = Object.entries(KEEPALIVES).map(
        ([name, value]) => `set_config('${name}', '${value}', false)`,
      );
      await client.query(`SELECT ${settings.join(', ')}`);
      // The server may not know yet that our last session is lost, and hold its lock.
      await client.query('SELECT pg_advisory_lock($1)', [instanceLock(instance)]);
    } catch (error) {
      endIgnoringErrors(client);
      throw error;
    }
    client.once('end', () => void reconnect());
    return client;
  }

  async function reconnect(): Promise<void> {
    session = undefined;
    while (session === undefined && !closing.signal.aborted) {
      session = await enter().catch(() => undefined);
      if (session === undefined) {
        await sleep(RETRY_EVERY_MS, undefined, { signal: closing.signal, ref: false }).catch(() => {});
      }
    }
    // Closed while it came back.
    if (closing.signal.aborted) {
      endIgnoringErrors(session);
    }
  }

  return {
    async exclusively(work) {
      const holder = session;
      if (holder === undefined) {
        throw new DatabaseBusyError();
      }
      if (!(await tryLock(holder))) {
        return false;
      }
      try {
        await work();
        return true;
      } finally {
        // If this fails, the lock goes with the session.
        await holder
          .query('SELECT pg_advisory_unlock($1)', [JANITOR_LOCK])
          .catch(() => endIgnoringErrors(holder));
      }
    },

    async close() {
      closing.abort();
      // A server that does not answer must not keep us.
      await Promise.race([session?.end(), sleep(CLOSE_TIMEOUT_MS, undefined, { ref: false })]);
    },
  };
}

function endIgnoringErrors(session: pg.Client | undefined): void {
  session?.end().catch(() => {});
}

/** Rejects with DatabaseBusyError, and then the session is lost. */
async function tryLock(session: pg.Client): Promise<boolean> {
  try {
    const query = 'SELECT pg_try_advisory_lock($1) AS locked';
    const { rows } = await session.query<{ locked: boolean }>(query, [JANITOR_LOCK]);
    return rows[0]?.locked === true;
  } catch (error) {
    endIgnoringErrors(session);
    throw new DatabaseBusyError({ cause: new PostgresFault(error as Error) });
  }
}
