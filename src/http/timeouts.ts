/** Milliseconds. */
export interface Timeouts {
  /** Until the headers of a request must be complete. */
  readonly headers: number;
  /** Until the whole request must be there. */
  readonly request: number;
  /** For which nothing may be sent or read. */
  readonly idle: number;
  /** Over which a client that has a response to read must read at MIN_READ_RATE. */
  readonly readWindow: number;
}
