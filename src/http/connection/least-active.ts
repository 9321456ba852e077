import { ASSUMED_RATE, type Connection, type Stage } from './connection.ts';

/**
 * Connections to examine, oldest first. The search continues only if none of these can be closed. Takes about 0.2 ms.
 */
const MAX_EXAMINED = 5_000;

/** Share of all connections beyond which an address loses its own connections first. */
const FAIR_SHARE = 1 / 50;

/**
 * Milliseconds that a new client has for its first request: enough for a handshake and a few round trips on a slow
 * network.
 */
const ARRIVAL_MS = 2_000;

/** Kinds of connections in closing order. The server never closes a connection while it works on a complete request. */
const CLOSE_ORDER = { stalled: 0, idle: 1, arriving: 2, receiving: 3, sending: 4 } as const;

/**
 * Returns the connection to close for a new one. The address with the most connections loses one first, if it has more
 * than its fair share. Otherwise a stalled body goes first, then an idle connection, a new client without a request, an
 * incomplete body, and a slow reader. Among connections of the same kind, addresses with more connections go first,
 * then the connection that has been idle for longest, or is slowest.
 * Returns undefined if each connection has a request that the server works on, or a client that reads fast.
 * @param maxConnections maximum connections over all addresses.
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
    if (candidate !== undefined && (best === undefined || isClosedBefore(candidate, best))) {
      best = candidate;
    }
  }
  return best?.connection;
}

interface Candidate {
  readonly connection: Connection;
  /** Number of connections of the same client if it exceeds the fair share, else 0. */
  readonly excess: number;
  readonly order: number;
  /** Number of connections of the same client. */
  readonly siblings: number;
  /** Start of the idle time, or bytes per second. Lower is less active. */
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
    order: CLOSE_ORDER[kindOf(connection, stage, now)],
    siblings,
    activity: stage === 'idle' ? connection.idleSince : rate,
  };
}

function kindOf(
  connection: Connection,
  stage: Exclude<Stage, 'working'>,
  now: number,
): keyof typeof CLOSE_ORDER {
  if (stage === 'receiving' && connection.isStalled) {
    return 'stalled';
  }
  const isNew = connection.latest === undefined && now - connection.idleSince < ARRIVAL_MS;
  return stage === 'idle' && isNew ? 'arriving' : stage;
}

function isClosedBefore(a: Candidate, b: Candidate): boolean {
  if (a.excess !== b.excess) {
    return a.excess > b.excess;
  }
  if (a.order !== b.order) {
    return a.order < b.order;
  }
  if (a.siblings !== b.siblings) {
    return a.siblings > b.siblings;
  }
  // Among transfers with the same rate, such as unmeasured ones, close the newest. So a flood of new transfers does not
  // displace older ones.
  return a.activity < b.activity || (a.activity === b.activity && a.connection.stage !== 'idle');
}
