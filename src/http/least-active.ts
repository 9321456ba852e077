import { ASSUMED_RATE, type Connection, type Stage } from './connection.ts';

/** Connections to examine for each new one, the oldest first, if one of them can give way. Takes about 0.2 ms. */
const MAX_EXAMINED = 5_000;

/** Stages whose connections give way; lower ones go first. A connection with a complete request never gives way. */
const ORDER: Readonly<Record<Exclude<Stage, 'working'>, number>> = { idle: 0, receiving: 1, sending: 2 };

/**
 * Returns the connection that should give way to a new one: an idle one, else one with an incomplete body, else a slow
 * reader. Within a stage, addresses with more connections go first, then the longest idle or the slowest connection.
 * Returns undefined if the server works on all of them, or their clients read fast.
 */
export function leastActive(connections: Iterable<Connection>): Connection | undefined {
  let best: Candidate | undefined;
  let examined = 0;
  for (const connection of connections) {
    examined += 1;
    if (examined > MAX_EXAMINED && best !== undefined) {
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
  /** Lower is less active: the time since which the connection is idle, or its bytes per second. */
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
    // Connections from loopback and proxies belong to many clients.
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
  // Among transfers with the same rate, such as unmeasured ones, the newest gives way: a flood displaces no older one.
  return a.activity < b.activity || (a.activity === b.activity && a.connection.stage !== 'idle');
}
