import type { Socket } from 'node:net';

/** Node's HTTP parser of a connection: see `lib/_http_server.js`. Its types do not have it. */
interface Parser {
  pause(): void;
}

/** Code of the `clientError` that Node emits, after the parser has stopped, for each read from the connection. */
export const PARSER_STOPPED = 'HPE_PAUSED';

/**
 * Stops the HTTP parser of a connection for good. If it is at work, it first finishes the bytes at hand, at most 64 KiB.
 */
export function stopParsing(socket: Socket): void {
  const { parser } = socket as Socket & { readonly parser?: Parser | null };
  parser?.pause();
}
