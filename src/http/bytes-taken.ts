import type { Socket } from 'node:net';

/** Node's object for the connection itself. Node's own idle timeout reads the same two figures, see `lib/net.js`. */
interface Handle {
  /** Bytes handed to the handle. */
  readonly bytesWritten: number;
  /** Bytes of those that the kernel has not taken yet. */
  readonly writeQueueSize: number;
}

/**
 * Returns how many bytes the kernel has taken from a connection's responses. `socket.bytesWritten` counts those that
 * wait too, and `socket.writableLength` counts a large response as waiting until its last byte is gone.
 */
export function bytesTaken(socket: Socket): number {
  const { _handle: handle } = socket as Socket & { readonly _handle?: Handle | null };
  return handle ? handle.bytesWritten - handle.writeQueueSize : socket.bytesWritten;
}
