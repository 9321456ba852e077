import type { Socket } from 'node:net';

/** Node's handle of a socket. Node's idle timeout reads the same two properties: see `lib/net.js`. */
interface Handle {
  /** Bytes written to the handle. */
  readonly bytesWritten: number;
  /** Part of `bytesWritten` that the kernel has not taken yet. */
  readonly writeQueueSize: number;
}

/**
 * Returns how many bytes of a connection's responses the kernel has taken. `socket.bytesWritten` also counts buffered
 * bytes, and `socket.writableLength` counts a large response as buffered until the kernel has taken its last byte.
 */
export function bytesTaken(socket: Socket): number {
  const { _handle: handle } = socket as Socket & { readonly _handle?: Handle | null };
  return handle ? handle.bytesWritten - handle.writeQueueSize : socket.bytesWritten;
}
