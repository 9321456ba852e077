import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { Connection, type Peer } from './connection.ts';

/** Open connections, by socket and by client address. */
export class OpenConnections {
  readonly #bySocket = new Map<Duplex, Connection>();
  readonly #peers = new Map<string | undefined, Peer>();

  get size(): number {
    return this.#bySocket.size;
  }

  /** Returns the open connections, oldest first. */
  values(): Iterable<Connection> {
    return this.#bySocket.values();
  }

  /**
   * Yields the responses that are not finished. There is no set of them on purpose. A `Set` that changes with each
   * request allocates tables, and V8 links each table to the next one. After a full garbage collection, such a chain
   * keeps most responses in memory, and a picture takes twice the processor time.
   */
  *unfinished(): Generator<ServerResponse> {
    for (const { responses } of this.#bySocket.values()) {
      yield* responses;
    }
  }

  /** Returns the connection of a socket, or undefined if it is closed. */
  get(socket: Duplex): Connection | undefined {
    return this.#bySocket.get(socket);
  }

  /** Returns the open connections of an address, or undefined if it has none. */
  of(address: string): ReadonlySet<Connection> | undefined {
    return this.#peers.get(address)?.connections;
  }

  /** Adds a connection. Removes it when its socket closes. */
  add(socket: Socket, address: string | undefined): void {
    const peer = this.#peers.get(address) ?? { address, connections: new Set() };
    const connection = new Connection(socket, peer, performance.now());
    this.#peers.set(address, peer);
    peer.connections.add(connection);
    this.#bySocket.set(socket, connection);
    socket.once('close', () => this.#remove(connection));
  }

  /**
   * Closes a connection and removes it at once. If the client has not yet read its response, resets the connection:
   * after a FIN, the kernel would keep up to 4 MB of the response for minutes.
   */
  disconnect(connection: Connection): void {
    const { socket } = connection;
    this.#remove(connection);
    if (socket.writableLength > 0) {
      socket.resetAndDestroy();
    } else {
      socket.destroy();
    }
  }

  #remove({ socket, peer }: Connection): void {
    const connection = this.#bySocket.get(socket);
    if (connection === undefined) {
      return;
    }
    this.#bySocket.delete(socket);
    peer.connections.delete(connection);
    if (peer.connections.size === 0 && this.#peers.get(peer.address) === peer) {
      this.#peers.delete(peer.address);
    }
  }
}
