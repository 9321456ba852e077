/** Time limits of a connection in milliseconds. */
export interface Timeouts {
  /** Time for the headers of a request. */
  readonly headers: number;
  /** Time for a whole request, including its body. */
  readonly request: number;
  /** Time without a byte in either direction. */
  readonly idle: number;
  /** Window over which the server measures how fast a client sends and reads. See limit-pending-bytes.ts. */
  readonly rateWindow: number;
}
