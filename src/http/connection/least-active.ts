import { ASSUMED_RATE, type Connection, type Stage } from './connection.ts';

/** Connections to examine for each new one, the oldest first, if one of them can give way. Takes about 0.2 ms. */
const MAX_EXAMINED = 5_000;

/** Share of all connections beyond which an address counts as a flood. */
const FAIR_SHARE = 1 / 50;

/** Milliseconds that a new client has for its first request: a handshake and a few round trips of a slow network. */
const ARRIVAL_MS = 2_000;

/** Kinds of connections that give way, from first to last. A connection with a complete request never gives way. */
const ORDER = { stalled: 0, idle: 1, arriving: 2, receiving: 3, sending: 4 } as const;

/**
 * Returns the connection that should give way to a new one. The address with the most connections goes first, if it
 * holds more than its fair share. Otherwise a stalled body goes first, then an idle connection, one that has yet to send
 * its first request, an incomplete body, and a slow reader. Among equal ones, addresses with more connections go first,
 * then the longest idle or the slowest connection.
 * Returns undefined if the server works on all of them, or their clients read fast.
 * @param maxConnections limit of connections over all addresses.
 */
export function leastActive(
  connections: Iterable<Connection>,
  maxConnections: number,
): Connection | undefined {
  const fairShare = Math.ceil(maxConnections * FAIR_SHARE);
  const now = performance.now();
  let best: Candidate | undefined;
  let examined = 0;
  for (const connection of connections) {
    examined += 1;
    if (examined > MAX_EXAMINED && best !== undefined) {
      break;
    }
    const candidate = candidateFor(connection, fairShare, now);
    if (candidate !== undefined && (best === undefined || givesWayBefore(candidate, best))) {
      best = candidate;
    }
  }
  return best?.connection;
}

interface Candidate {
  readonly connection: Connection;
  /** Connections of the same client if they exceed its fair share, else 0. */
  readonly excess: number;
  readonly order: number;
  /** Connections of the same client. */
  readonly siblings: number;
  /** Lower is less active: the time since which the connection is idle, or its bytes per second. */
  readonly activity: number;
}

function candidateFor(connection: Connection, fairShare: number, now: number): Candidate | undefined {
  const { stage, rate, peer } = connection;
  if (stage === 'working' || (stage === 'sending' && rate >= ASSUMED_RATE)) {
    return undefined;
  }
  // Connections from loopback and proxies belong to many clients.
  const siblings = peer.address === undefined ? 1 : peer.connections.size;
  return {
    connection,
    excess: siblings > fairShare ? siblings : 0,
    order: ORDER[kindOf(connection, stage, now)],
    siblings,
    activity: stage === 'idle' ? connection.idleSince : rate,
  };
}

function kindOf(connection: Connection, stage: Exclude<Stage, 'working'>, now: number): keyof typeof ORDER {
  if (stage === 'receiving' && connection.isStalled) {
    return 'stalled';
  }
  const isNew = connection.latest === undefined && now - connection.idleSince < ARRIVAL_MS;
  return stage === 'idle' && isNew ? 'arriving' : stage;
}

function givesWayBefore(a: Candidate, b: Candidate): boolean {
  if (a.excess !== b.excess) {
    return a.excess > b.excess;
  }
  if (a.order !== b.order) {
    return a.order < b.order;
  }
  if (a.siblings !== b.siblings) {
    return a.siblings > b.siblings;
  }
  // Among transfers with the same rate, such as unmeasured ones, the newest gives way: a flood displaces no older one.
  return a.activity < b.activity || (a.activity === b.activity && a.connection.stage !== 'idle');
}
