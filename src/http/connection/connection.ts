import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { isFragmented } from './bounded-request.ts';
import { bytesTaken } from './bytes-taken.ts';
import { RateMeter } from './rate-meter.ts';
import { requestMemory, waitingRequestMemory } from './request-memory.ts';

/**
 * - `idle`: no request has complete headers.
 * - `receiving`: the body of a request is incomplete.
 * - `working`: a complete request waits for its response.
 * - `sending`: the client has yet to read bytes of a response.
 */
export type Stage = 'idle' | 'receiving' | 'working' | 'sending';

/** A client address and its open connections. */
export interface Peer {
  /** Undefined for loopback and trusted proxies, whose connections belong to many clients. */
  readonly address: string | undefined;
  readonly connections: Set<Connection>;
}

/** Bytes per second that the server assumes until it has measured a connection's rate. */
export const ASSUMED_RATE = 8 * 1024;

/**
 * Bytes per second below which a body counts as stalled. Apache's mod_reqtimeout has the same limit. A 2G phone sends
 * 5,000.
 */
export const MIN_SEND_RATE = 500;
/** The window for stalls is a sixth of the window for rates: 5 s of 30 s. */
const STALL_WINDOWS = 6;

/** An open connection and its activity. Times are those of `performance.now()`. */
export class Connection {
  readonly socket: Socket;
  readonly peer: Peer;
  /** Unfinished responses. The server works on the first, and the others wait. */
  readonly responses: ServerResponse[] = [];
  /** The response to the last request, even after it was sent. */
  latest: ServerResponse | undefined;
  /**
   * True after a `clientError`, such as invalid HTTP or a timeout. The server closes the connection after the last
   * response.
   */
  hasClientError = false;
  /** Estimated bytes of memory that requests with unfinished responses take, without their bodies. */
  requestBytes = 0;
  /** Time at which the connection was opened or its last response ended. */
  idleSince: number;
  /** Measures how fast the client sends its body. */
  inflow: RateMeter | undefined;
  /** Measures the same rate over a shorter window. */
  #recentInflow: RateMeter | undefined;
  /** Measures how fast the client reads its response. */
  outflow: RateMeter | undefined;
  /** `socket.bytesRead` when the connection became idle. */
  #readBefore = 0;

  constructor(socket: Socket, peer: Peer, now: number) {
    this.socket = socket;
    this.peer = peer;
    this.idleSince = now;
  }

  get stage(): Stage {
    if (this.socket.writableLength > 0) {
      return 'sending';
    }
    const [response] = this.responses;
    if (response === undefined) {
      return 'idle';
    }
    // The server rejects fragmented bodies, so it does not work on them, even if they are complete.
    return response.req.complete && !isFragmented(response.req) ? 'working' : 'receiving';
  }

  /** Bytes received since the connection was idle. */
  get bytesReceived(): number {
    return this.socket.bytesRead - this.#readBefore;
  }

  /** Bytes per second: read by the client while the server sends, else sent by the client. */
  get rate(): number {
    return (this.stage === 'sending' ? this.outflow : this.inflow)?.rate ?? ASSUMED_RATE;
  }

  /** True if the client recently sent its body below MIN_SEND_RATE. False until the first measurement is complete. */
  get isStalled(): boolean {
    return this.#recentInflow?.lastWindow !== undefined && this.#recentInflow.lastWindow < MIN_SEND_RATE;
  }

  /** Adds the response to a request whose headers are complete. */
  begin(response: ServerResponse): void {
    const isWaiting = this.responses.length > 0;
    this.requestBytes += isWaiting ? waitingRequestMemory(response.req) : requestMemory(response.req);
    this.latest = response;
    this.responses.push(response);
  }

  /** Removes a response that was sent or aborted. */
  end(response: ServerResponse): void {
    this.responses.splice(this.responses.indexOf(response), 1);
    if (this.responses.length === 0) {
      this.requestBytes = 0;
      this.idleSince = performance.now();
      this.#readBefore = this.socket.bytesRead;
      this.#forgetInflow();
    }
  }

  /** Samples the rate of the current stage. @param window milliseconds over which the server measures rates. */
  measure(stage: Stage, now: number, window: number): void {
    if (stage === 'sending') {
      const taken = bytesTaken(this.socket);
      this.outflow ??= new RateMeter(window, ASSUMED_RATE, now, taken);
      this.outflow.sample(now, taken);
    } else {
      this.outflow = undefined;
    }
    if (stage === 'receiving') {
      const received = this.bytesReceived;
      this.inflow ??= new RateMeter(window, ASSUMED_RATE, now, 0);
      this.#recentInflow ??= new RateMeter(window / STALL_WINDOWS, ASSUMED_RATE, now, received);
      this.inflow.sample(now, received);
      this.#recentInflow.sample(now, received);
      if (this.#isHeldBack) {
        this.inflow.restartWindow();
        this.#recentInflow.restartWindow();
      }
    } else {
      this.#forgetInflow();
    }
  }

  /** True if the server itself holds the body back, so the client is not to blame for a pause. */
  get #isHeldBack(): boolean {
    const req = this.responses[0]?.req;
    return req !== undefined && (req.isPaused() || req.readableLength > 0);
  }

  #forgetInflow(): void {
    this.inflow = undefined;
    this.#recentInflow = undefined;
  }
}
