import type { Server } from 'node:http';
import { limitWarnings } from '../../telemetry/limit-warnings.ts';
import type { Logger } from '../../telemetry/logger.ts';
import { type Connection, MIN_SEND_RATE } from './connection.ts';
import type { OpenConnections } from './open-connections.ts';

export interface PendingBytesOptions {
  /** Bytes of responses that clients have yet to read, over all connections. */
  readonly maxUnreadBytes: number;
  /** Bytes of unusually many headers of incomplete requests, over all connections. BodyMemory bounds bodies. */
  readonly maxHeaderBytes: number;
  /** Milliseconds over which a reader must reach MIN_READ_RATE, and the sender of a body MIN_SEND_RATE. */
  readonly rateWindow: number;
  readonly logger: Logger;
}

/** Bytes per second. Apache's mod_reqtimeout demands 500 of clients that send; a 2G phone reaches 5,000. */
const MIN_READ_RATE = 1024;

/** Bytes that a file stream reads ahead of the socket: Node's default. */
const READ_AHEAD_BYTES = 64 * 1024;

/** Milliseconds between two checks of all connections while no request begins or ends. */
const CHECK_INTERVAL_MS = 250;
/** Minimum milliseconds between two checks. In 20 ms, one core produces 10 MB of responses. */
const MIN_CHECK_INTERVAL_MS = 20;
/** Minimum ratio of the pause after a check to its duration. So checks take at most 5% of a core, however many connections. */
const PAUSE_PER_CHECK = 20;

/**
 * Bounds the memory that clients can hold by reading slowly or sending slowly. Beyond a bound the server disconnects
 * the slowest clients until the rest is within the bound. It always disconnects readers below MIN_READ_RATE, and
 * refuses bodies that come below MIN_SEND_RATE like requests that time out.
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
    const readers = new Holders();
    const senders = new Holders();
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

/** Makes the listener of `clientError` answer 408, as for Node's own time limits. */
class SlowBodyError extends Error {
  readonly code = 'ERR_HTTP_REQUEST_TIMEOUT';

  constructor() {
    super(`The body came with less than ${MIN_SEND_RATE} bytes per second.`);
  }
}

/** Gathers connections with the bytes that each one holds. */
class Holders {
  readonly #held: { readonly connection: Connection; readonly bytes: number }[] = [];
  #total = 0;

  add(connection: Connection, bytes: number): void {
    if (bytes > 0) {
      this.#held.push({ connection, bytes });
      this.#total += bytes;
    }
  }

  /**
   * Returns the connections to disconnect so that the others hold no more than a bound: those with the lowest rate for
   * the bytes that they hold. So a client with little to transfer outlives others while its rate is still unknown.
   */
  beyond(bound: number): Connection[] {
    const slowest: Connection[] = [];
    if (this.#total > bound) {
      this.#held.sort((a, b) => a.connection.rate / a.bytes - b.connection.rate / b.bytes);
      let left = this.#total;
      for (const { connection, bytes } of this.#held) {
        if (left <= bound) {
          break;
        }
        slowest.push(connection);
        left -= bytes;
      }
    }
    return slowest;
  }
}

/** Returns the bytes of the unread response and of the requests that wait behind it. */
function unreadBytes({ socket, responses, requestBytes }: Connection): number {
  const [response, ...waiting] = responses;
  const readAhead = response === undefined || response.writableEnded ? 0 : READ_AHEAD_BYTES;
  return waiting.reduce(
    (sum, { req }) => sum + req.readableLength,
    socket.writableLength + requestBytes + readAhead,
  );
}
