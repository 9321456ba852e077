import type { Server } from 'node:http';
import { limitWarnings } from '../../telemetry/limit-warnings.ts';
import type { Logger } from '../../telemetry/logger.ts';
import { type Connection, MIN_SEND_RATE } from './connection.ts';
import type { OpenConnections } from './open-connections.ts';

export interface PendingBytesOptions {
  /** Maximum bytes of responses that clients have not yet read, over all connections. */
  readonly maxUnreadBytes: number;
  /**
   * Maximum bytes of headers beyond the usual number in incomplete requests, over all connections. BodyMemory bounds
   * bodies.
   */
  readonly maxHeaderBytes: number;
  /** Milliseconds over which a client must reach MIN_READ_RATE if it reads, and MIN_SEND_RATE if it sends a body. */
  readonly rateWindow: number;
  readonly logger: Logger;
}

/** Bytes per second. Apache's mod_reqtimeout requires 500 of clients that send. A 2G phone reaches 5,000. */
const MIN_READ_RATE = 1024;

/** Bytes that a file stream reads ahead of the socket: Node's default. */
const READ_AHEAD_BYTES = 64 * 1024;

/** Milliseconds between two checks of all connections while no request begins or ends. */
const CHECK_INTERVAL_MS = 250;
/** Minimum milliseconds between two checks. In 20 ms, one core produces 10 MB of responses. */
const MIN_CHECK_INTERVAL_MS = 20;
/**
 * Minimum ratio of the pause after a check to its duration. Checks take at most 5% of a core, however many connections
 * exist.
 */
const PAUSE_PER_CHECK = 20;

/**
 * Bounds the memory that clients can occupy by reading slowly or sending slowly. Beyond a bound, the server disconnects
 * the slowest clients until the others are within the bound. It always disconnects clients that read below
 * MIN_READ_RATE. If a client sends its body below MIN_SEND_RATE, the request times out.
 * @returns a function to call when a response is queued or a request begins. Most calls return at once.
 */
export function limitPendingBytes(
  server: Server,
  open: OpenConnections,
  { maxUnreadBytes, maxHeaderBytes, rateWindow, logger }: PendingBytesOptions,
): () => void {
  const warnOfUnread = limitWarnings((disconnected) =>
    logger.warn(
      { disconnected },
      `Unread responses exceed ${maxUnreadBytes} bytes; disconnecting the slowest readers`,
    ),
  );
  const warnOfHeaders = limitWarnings((disconnected) =>
    logger.warn(
      { disconnected },
      `Headers of incomplete requests exceed ${maxHeaderBytes} bytes; disconnecting the slowest senders`,
    ),
  );
  const warnOfSlow = limitWarnings((disconnected) =>
    logger.warn(
      { disconnected },
      `Disconnecting clients that read less than ${MIN_READ_RATE} bytes per second`,
    ),
  );
  const warnOfSlowSenders = limitWarnings((disconnected) =>
    logger.warn(
      { disconnected },
      `Disconnecting clients that send less than ${MIN_SEND_RATE} bytes per second`,
    ),
  );

  function check(now: number): void {
    const readers = new MemoryUsers();
    const senders = new MemoryUsers();
    for (const connection of open.values()) {
      const { stage } = connection;
      connection.measure(stage, now, rateWindow);
      if (isSlowReader(connection)) {
        warnOfSlow();
        open.disconnect(connection);
      } else if (isSlowSender(connection)) {
        warnOfSlowSenders();
        server.emit('clientError', new SlowBodyError(), connection.socket);
      } else if (stage === 'sending') {
        readers.add(connection, unreadBytes(connection));
      } else if (stage === 'receiving') {
        senders.add(connection, connection.requestBytes);
      }
    }
    disconnect(readers.beyond(maxUnreadBytes), warnOfUnread);
    disconnect(senders.beyond(maxHeaderBytes), warnOfHeaders);
  }

  function disconnect(connections: readonly Connection[], warn: () => void): void {
    for (const connection of connections) {
      warn();
      open.disconnect(connection);
    }
  }

  let nextCheckAt = 0;
  const checkIfDue = () => {
    const began = performance.now();
    if (began >= nextCheckAt) {
      check(began);
      const took = performance.now() - began;
      nextCheckAt = began + Math.max(MIN_CHECK_INTERVAL_MS, PAUSE_PER_CHECK * took);
    }
  };
  const timer = setInterval(checkIfDue, Math.min(CHECK_INTERVAL_MS, rateWindow)).unref();
  server.once('close', () => clearInterval(timer));
  return checkIfDue;
}

function isSlowReader({ outflow }: Connection): boolean {
  return outflow?.lastWindow !== undefined && outflow.lastWindow < MIN_READ_RATE;
}

function isSlowSender({ inflow }: Connection): boolean {
  return inflow?.lastWindow !== undefined && inflow.lastWindow < MIN_SEND_RATE;
}

/** Makes the listener of `clientError` respond with 408, as for Node's own timeouts. */
class SlowBodyError extends Error {
  readonly code = 'ERR_HTTP_REQUEST_TIMEOUT';

  constructor() {
    super(`The body arrived at less than ${MIN_SEND_RATE} bytes per second.`);
  }
}

/** Connections with the bytes of memory that each of them occupies. */
class MemoryUsers {
  readonly #users: { readonly connection: Connection; readonly bytes: number }[] = [];
  #total = 0;

  add(connection: Connection, bytes: number): void {
    if (bytes > 0) {
      this.#users.push({ connection, bytes });
      this.#total += bytes;
    }
  }

  /**
   * Returns the connections to disconnect so that the others are within a bound: those with the lowest rate per
   * occupied byte. So a client with little to transfer outlives others while its rate is still unknown.
   */
  beyond(bound: number): Connection[] {
    const slowest: Connection[] = [];
    if (this.#total > bound) {
      this.#users.sort((a, b) => a.connection.rate / a.bytes - b.connection.rate / b.bytes);
      let remaining = this.#total;
      for (const { connection, bytes } of this.#users) {
        if (remaining <= bound) {
          break;
        }
        slowest.push(connection);
        remaining -= bytes;
      }
    }
    return slowest;
  }
}

/** Returns the bytes of memory that the unread response and the requests behind it occupy. */
function unreadBytes({ socket, responses, requestBytes }: Connection): number {
  const [response, ...waiting] = responses;
  const readAhead = response === undefined || response.writableEnded ? 0 : READ_AHEAD_BYTES;
  return waiting.reduce(
    (sum, { req }) => sum + req.readableLength,
    socket.writableLength + requestBytes + readAhead,
  );
}
