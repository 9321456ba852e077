import { DrizzleQueryError } from 'drizzle-orm';
import pg from 'pg';

/** What failed between us and Postgres, never our own code; `cause` is the driver's error. */
export class PostgresFault extends Error {
  override name = 'PostgresFault';
  readonly kind: FaultKind;

  constructor(cause: Error) {
    super(sentenceOf(cause), { cause });
    this.kind = kindOf(cause);
  }

  /** The same work may pass a moment later, on another connection. */
  get mayPassAtOnce(): boolean {
    return this.kind === 'away' || this.kind === 'conflict';
  }

  /** It does not pass by waiting: a wrong user or password, a missing database, a missing right. */
  get isLasting(): boolean {
    const code = this.cause instanceof pg.DatabaseError ? (this.cause.code ?? '') : '';
    return this.kind === 'refused' || code.startsWith('28') || code === '3D000';
  }
}

/**
 * - away: there is no connection, or none is given to us.
 * - conflict: rolled back because of another transaction; the same one passes a moment later.
 * - busy: it took too long, or something is scarce.
 * - full: no room is left on its disk.
 * - refused: the statement itself is at fault.
 */
export type FaultKind = 'away' | 'conflict' | 'busy' | 'full' | 'refused';

/** SQLSTATEs, or what they begin with: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const KINDS: readonly (readonly [string, FaultKind])[] = [
  ['53100', 'full'],
  // Connections are scarce for a moment only: others end.
  ['53300', 'away'],
  ['53', 'busy'],
  ['08', 'away'],
  // Who we are is not accepted, or our database is gone: at run time someone is changing that.
  ['28', 'away'],
  ['3D000', 'away'],
  ['57014', 'busy'],
  ['57P', 'away'],
  // Idle for too long in a transaction, as a process is that was stopped for a while.
  ['25P0', 'away'],
  // A server that became a standby: the next connection may lead to the new primary.
  ['25006', 'away'],
  ['40', 'conflict'],
  ['55P03', 'busy'],
];

/** What pg-pool says when all of its connections are in use for too long; it has no code. */
const POOL_EXHAUSTED = 'timeout exceeded when trying to connect';

function kindOf(error: Error): FaultKind {
  if (!(error instanceof pg.DatabaseError)) {
    return error.message === POOL_EXHAUSTED ? 'busy' : 'away';
  }
  const { code = '' } = error;
  return KINDS.find(([beginning]) => code.startsWith(beginning))?.[1] ?? 'refused';
}

/** A query's failure as PostgresFault; every other error as it is. */
export function asPostgresFault(error: unknown): unknown {
  return error instanceof DrizzleQueryError && error.cause !== undefined
    ? new PostgresFault(error.cause)
    : error;
}

/** An AggregateError of several addresses has no sentence of its own. */
function sentenceOf(error: Error): string {
  const [first] = error instanceof AggregateError ? error.errors : [];
  return first instanceof Error ? first.message : error.message;
}
