import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { DatabaseBusyError } from '../errors.ts';
import { instanceLockKey, JANITOR_LOCK } from './advisory-locks.ts';
import { connectionSettings, prepareSession } from './connection-settings.ts';
import { PostgresFault } from './postgres-faults.ts';

/** The lock of an instance in a dedicated session. It shows the other instances that this one is running. */
export interface InstanceLock {
  /** See {@link PictureDatabase.exclusively}. */
  exclusively(work: () => Promise<void>): Promise<boolean>;
  close(): Promise<void>;
}

/** Milliseconds between attempts to reconnect. */
const RECONNECT_INTERVAL_MS = 500;
const CLOSE_TIMEOUT_MS = 1_000;
/** TCP keepalive settings, in seconds. Without them, Postgres would take hours to notice a machine that lost power. */
const KEEPALIVES = { tcp_keepalives_idle: 20, tcp_keepalives_interval: 10, tcp_keepalives_count: 3 };

/**
 * Takes the lock of an instance, and takes it again whenever the session is lost. While it is lost, another instance
 * may consider this one ended and abandon its uploads in progress. Nothing else can be lost.
 */
export async function holdInstanceLock(url: string, instance: string): Promise<InstanceLock> {
  const closing = new AbortController();
  let session: pg.Client | undefined = await openSession();

  async function openSession(): Promise<pg.Client> {
    const client = new pg.Client(connectionSettings(url));
    client.on('error', () => {});
    try {
      await client.connect();
      await prepareSession(client);
      const settings = Object.entries(KEEPALIVES).map(
        ([name, value]) => `set_config('${name}', '${value}', false)`,
      );
      await client.query(`SELECT ${settings.join(', ')}`);
      // If the previous session was lost, this waits until Postgres notices the loss and releases the lock.
      await client.query('SELECT pg_advisory_lock($1)', [instanceLockKey(instance)]);
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
      session = await openSession().catch(() => undefined);
      if (session === undefined) {
        await sleep(RECONNECT_INTERVAL_MS, undefined, { signal: closing.signal, ref: false }).catch(() => {});
      }
    }
    // close() was called during the reconnect.
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
      if (!(await tryJanitorLock(holder))) {
        return false;
      }
      try {
        await work();
        return true;
      } finally {
        // If unlocking fails, ending the session releases the lock.
        await holder
          .query('SELECT pg_advisory_unlock($1)', [JANITOR_LOCK])
          .catch(() => endIgnoringErrors(holder));
      }
    },

    async close() {
      closing.abort();
      // Don't wait for a server that does not respond.
      await Promise.race([session?.end(), sleep(CLOSE_TIMEOUT_MS, undefined, { ref: false })]);
    },
  };
}

function endIgnoringErrors(session: pg.Client | undefined): void {
  session?.end().catch(() => {});
}

/** Returns whether the session got the janitor's lock. If that fails, ends the session and throws DatabaseBusyError. */
async function tryJanitorLock(session: pg.Client): Promise<boolean> {
  try {
    const query = 'SELECT pg_try_advisory_lock($1) AS locked';
    const { rows } = await session.query<{ locked: boolean }>(query, [JANITOR_LOCK]);
    return rows[0]?.locked === true;
  } catch (error) {
    endIgnoringErrors(session);
    throw new DatabaseBusyError({ cause: new PostgresFault(error as Error) });
  }
}
