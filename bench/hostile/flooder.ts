import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

// A process that floods a server. It sends `started` after its first requests, and runs until its parent disconnects.

export interface FloodOrder {
  readonly port: number;
  /** Number of connections at once. The process replaces those that the server closes. */
  readonly connections: number;
  /** Files with the bytes to send. The connections use them in turn. */
  readonly files: readonly string[];
  /** Whether the process reads responses. */
  readonly reads: boolean;
}

/** Not the honest user's address, because a server may limit each address. On Linux, all of 127/8 is loopback. */
const ADDRESS = '127.0.0.2';
const REPLACE_AFTER_MS = 100;
const FIRST_REQUESTS_MS = 1_500;

const order: FloodOrder = JSON.parse(process.argv[2] ?? '');
const requests = await Promise.all(order.files.map((file) => readFile(file)));

process.on('disconnect', () => process.exit());
for (let index = 0; index < order.connections; index += 1) {
  open(index);
}
await sleep(FIRST_REQUESTS_MS);
process.send?.('started');

function open(index: number): void {
  const socket = connect({ port: order.port, host: '127.0.0.1', localAddress: ADDRESS });
  socket.on('error', () => {});
  socket.once('close', () => setTimeout(open, REPLACE_AFTER_MS, index));
  socket.write(requests[index % requests.length] ?? '');
  if (order.reads) {
    socket.resume();
  } else {
    socket.pause();
  }
}
