import { DrizzleQueryError } from 'drizzle-orm';
import pg from 'pg';

/**
 * An error from Postgres or from the connection to it, never from Portrait's own code. `cause` is the driver's error.
 */
export class PostgresFault extends Error {
  override name = 'PostgresFault';
  readonly kind: FaultKind;

  constructor(cause: Error) {
    super(messageOf(cause), { cause });
    this.kind = kindOf(cause);
  }

  /** True if the same work may succeed a moment later, on another connection. */
  get isRetryable(): boolean {
    return this.kind === 'unavailable' || this.kind === 'conflict';
  }

  /** True if waiting does not help: the user or password is wrong, or the database or a privilege is missing. */
  get isPermanent(): boolean {
    const code = this.cause instanceof pg.DatabaseError ? (this.cause.code ?? '') : '';
    return this.kind === 'rejected' || code.startsWith('28') || code === '3D000';
  }
}

/**
 * - unavailable: the connection failed, or Postgres rejected it.
 * - conflict: Postgres rolled back the transaction because of another one. A retry succeeds.
 * - busy: the statement timed out, or a resource is scarce.
 * - full: the disk has no space left.
 * - rejected: the statement itself is wrong.
 */
export type FaultKind = 'unavailable' | 'conflict' | 'busy' | 'full' | 'rejected';

/** SQLSTATE codes or their prefixes: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const KINDS: readonly (readonly [string, FaultKind])[] = [
  ['53100', 'full'],
  // Too many connections. Other connections may end in a moment.
  ['53300', 'unavailable'],
  ['53', 'busy'],
  ['08', 'unavailable'],
  // Authentication failed, or the database is missing. While the server runs, an operator is probably changing them.
  ['28', 'unavailable'],
  ['3D000', 'unavailable'],
  ['57014', 'busy'],
  ['57P', 'unavailable'],
  // The transaction was idle for too long, for example because the process was suspended.
  ['25P0', 'unavailable'],
  // The server became a standby. The next connection may reach the new primary.
  ['25006', 'unavailable'],
  ['40', 'conflict'],
  ['55P03', 'busy'],
];

/** Message of pg-pool's error, which has no code, when no connection becomes free in time. */
const POOL_EXHAUSTED = 'timeout exceeded when trying to connect';

function kindOf(error: Error): FaultKind {
  if (!(error instanceof pg.DatabaseError)) {
    return error.message === POOL_EXHAUSTED ? 'busy' : 'unavailable';
  }
  const { code = '' } = error;
  return KINDS.find(([prefix]) => code.startsWith(prefix))?.[1] ?? 'rejected';
}

/** Converts the error of a failed query to a PostgresFault. Returns any other error unchanged. */
export function asPostgresFault(error: unknown): unknown {
  return error instanceof DrizzleQueryError && error.cause !== undefined
    ? new PostgresFault(error.cause)
    : error;
}

/** Returns an error's message. For an AggregateError (several addresses), returns the message of its first error. */
function messageOf(error: Error): string {
  const [first] = error instanceof AggregateError ? error.errors : [];
  return first instanceof Error ? first.message : error.message;
}
