import type { Socket } from 'node:net';

/** Node's HTTP parser of a connection: see `lib/_http_server.js`. Node's types do not have it. */
interface Parser {
  pause(): void;
}

/** Code of the `clientError` that Node emits for each read from a connection whose parser has stopped. */
export const PARSER_STOPPED = 'HPE_PAUSED';

/**
 * Stops the HTTP parser of a connection permanently. If the parser is running, it first finishes the current read of at
 * most 64 KiB.
 */
export function stopParsing(socket: Socket): void {
  const { parser } = socket as Socket & { readonly parser?: Parser | null };
  parser?.pause();
}
