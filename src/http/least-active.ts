import { ASSUMED_RATE, type Connection, type Stage } from './connection.ts';

/** At most so many connections are looked at for each new one, the oldest first: about 0.2 ms. */
const MAX_EXAMINED = 5_000;

/** Which connections give way first. A complete request that the server works on never does. */
const ORDER: Readonly<Record<Exclude<Stage, 'working'>, number>> = { idle: 0, receiving: 1, sending: 2 };

/**
 * Returns the connection that should give way to a new one: the longest idle, else the one with the slowest body, else
 * the slowest reader. Within each of these, it is one of the address with the most connections.
 * Returns undefined if all of them are at work.
 */
export function leastActive(connections: Iterable<Connection>): Connection | undefined {
  let best: Candidate | undefined;
  let examined = 0;
  for (const connection of connections) {
    examined += 1;
    if (examined > MAX_EXAMINED) {
      break;
    }
    const candidate = candidateFor(connection);
    if (candidate !== undefined && (best === undefined || givesWayBefore(candidate, best))) {
      best = candidate;
    }
  }
  return best?.connection;
}

interface Candidate {
  readonly connection: Connection;
  readonly order: number;
  /** Connections of the same client. */
  readonly siblings: number;
  /** Lower is less active: since when it is idle, or bytes per second. */
  readonly activity: number;
}

function candidateFor(connection: Connection): Candidate | undefined {
  const { stage, rate, peer } = connection;
  if (stage === 'working' || (stage === 'sending' && rate >= ASSUMED_RATE)) {
    return undefined;
  }
  return {
    connection,
    order: ORDER[stage],
    // Those of loopback and of proxies belong to many clients.
    siblings: peer.address === undefined ? 1 : peer.connections.size,
    activity: stage === 'idle' ? connection.idleSince : rate,
  };
}

function givesWayBefore(a: Candidate, b: Candidate): boolean {
  if (a.order !== b.order) {
    return a.order < b.order;
  }
  if (a.siblings !== b.siblings) {
    return a.siblings > b.siblings;
  }
  // Of transfers whose rates are not measured yet, the newest gives way: a flood does not push out what came before.
  return a.activity < b.activity || (a.activity === b.activity && a.connection.stage !== 'idle');
}
