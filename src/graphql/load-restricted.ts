import { isAllowed } from '../auth/permissions.ts';
import type { Viewer } from '../auth/viewer.ts';
import type { RestrictedRecord } from '../database/database.ts';
import type { Context } from './context.ts';

/** Restricted facts of the users of one request. */
interface Batches {
  readonly records: Map<string, Promise<RestrictedRecord>>;
  /** Ids for the next query. The size of the operation bounds their number. */
  waiting: string[];
  next: Promise<ReadonlyMap<string, RestrictedRecord>> | undefined;
}

const NONE: RestrictedRecord = { previousPicture: null, uploadBlock: null };

const batchesOfRequests = new WeakMap<Context, Batches>();

/**
 * Loads what only the user and moderators may see, and selects the part that a resolver needs. Everyone else gets it
 * from nulls, without a query or a promise. All users that a response needs at once are read with one query, because
 * the query waits until the current resolvers have run.
 */
export function loadRestricted<Part>(
  context: Context,
  userId: string,
  select: (record: RestrictedRecord) => Part,
): Part | Promise<Part> {
  const { viewer } = context.identity;
  return viewer === null || !isAllowed(viewer, 'inspect', userId)
    ? select(NONE)
    : loadRecord(context, viewer, userId).then(select);
}

function loadRecord(context: Context, viewer: Viewer, userId: string): Promise<RestrictedRecord> {
  const batches = batchesOf(context);
  let record = batches.records.get(userId);
  if (record === undefined) {
    batches.waiting.push(userId);
    batches.next ??= Promise.resolve().then(() => {
      const ids = batches.waiting;
      batches.waiting = [];
      batches.next = undefined;
      return context.parts.database.findRestricted(ids, viewer.id, new Date());
    });
    record = batches.next.then((known) => known.get(userId) ?? NONE);
    batches.records.set(userId, record);
  }
  return record;
}

/** Makes the next {@link loadRestricted} of a user read the database again. */
export function forgetRestricted(context: Context, userId: string): void {
  batchesOf(context).records.delete(userId);
}

function batchesOf(context: Context): Batches {
  let batches = batchesOfRequests.get(context);
  if (batches === undefined) {
    batches = { records: new Map(), waiting: [], next: undefined };
    batchesOfRequests.set(context, batches);
  }
  return batches;
}
