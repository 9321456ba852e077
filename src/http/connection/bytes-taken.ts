import type { Socket } from 'node:net';

/** Node's object for a connection. Node's own idle timeout reads the same two properties: see `lib/net.js`. */
interface Handle {
  /** Bytes handed to the handle. */
  readonly bytesWritten: number;
  /** The part of these bytes that the kernel has not taken yet. */
  readonly writeQueueSize: number;
}

/**
 * Returns how many bytes of a connection's responses the kernel has taken. `socket.bytesWritten` also counts waiting
 * bytes, and `socket.writableLength` counts a large response as waiting until its last byte is gone.
 */
export function bytesTaken(socket: Socket): number {
  const { _handle: handle } = socket as Socket & { readonly _handle?: Handle | null };
  return handle ? handle.bytesWritten - handle.writeQueueSize : socket.bytesWritten;
}
