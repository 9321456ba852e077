import type { IncomingMessage } from 'node:http';

/** Headers that clients and proxies send, and many more. Requests with so few are bounded by MAX_CONNECTIONS alone. */
const USUAL_HEADERS = 64;
/** Bytes of memory. Measured: 2,000 requests of 670 headers of six bytes took 294 MB. */
const HEADER_BYTES = 256;
/** Bytes of memory that Node's objects for a request and its response take. */
const WAITING_REQUEST_BYTES = 8 * 1024;

/** Returns about how many bytes of memory a request takes beyond what any connection takes, without its body. */
export function requestMemory({ rawHeaders }: IncomingMessage): number {
  return Math.max(0, rawHeaders.length / 2 - USUAL_HEADERS) * HEADER_BYTES;
}

/** Returns about how many bytes of memory a request takes that waits behind another one, without its body. */
export function waitingRequestMemory({ rawHeaders }: IncomingMessage): number {
  return WAITING_REQUEST_BYTES + (rawHeaders.length / 2) * HEADER_BYTES;
}
