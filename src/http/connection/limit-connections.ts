import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { limitWarnings } from '../../telemetry/limit-warnings.ts';
import type { Logger } from '../../telemetry/logger.ts';
import { leastActive } from './least-active.ts';
import type { OpenConnections } from './open-connections.ts';

export interface ConnectionLimits {
  readonly maxConnections: number;
  /** 0 means no limit. */
  readonly maxConnectionsPerAddress: number;
  /** Returns the address that a connection belongs to, or undefined if the limit per address does not apply. */
  readonly addressOf: (remoteAddress: string | undefined) => string | undefined;
  readonly logger: Logger;
}

/**
 * Limits the connections of a server, in total and per address. At a limit, the server closes the least active
 * connection to make room for the new one. If all of them are active, it drops the new one.
 */
export function limitConnections(server: Server, open: OpenConnections, limits: ConnectionLimits): void {
  const { maxConnections, maxConnectionsPerAddress, addressOf, logger } = limits;
  const warnOfDisconnects = limitWarnings((disconnected) =>
    logger.warn(
      { disconnected },
      `Connection limit (${maxConnections}) reached; disconnecting the least active connections`,
    ),
  );
  const warnOfDrops = limitWarnings((dropped) =>
    logger.warn(
      { dropped },
      `Connection limit (${maxConnections}) reached and all connections are active; dropping new connections`,
    ),
  );
  let lastAddress = '';
  const warnOfAddress = limitWarnings((connections) =>
    logger.warn(
      { connections, lastAddress },
      `An address reached its connection limit (${maxConnectionsPerAddress}); closing some of its connections`,
    ),
  );

  server.on('connection', (socket: Socket) => {
    const address = addressOf(socket.remoteAddress);
    const siblings = address === undefined ? undefined : open.of(address);
    if (maxConnectionsPerAddress > 0 && siblings && siblings.size >= maxConnectionsPerAddress) {
      lastAddress = socket.remoteAddress ?? '';
      warnOfAddress();
      const victim = leastActive(siblings, maxConnections);
      if (victim === undefined) {
        socket.destroy();
        return;
      }
      open.disconnect(victim);
    } else if (open.size >= maxConnections) {
      const victim = leastActive(open.values(), maxConnections);
      if (victim === undefined) {
        warnOfDrops();
        socket.destroy();
        return;
      }
      warnOfDisconnects();
      open.disconnect(victim);
    }
    open.add(socket, address);
  });
}
