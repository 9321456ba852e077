import { connect } from 'node:net';

/**
 * Sends bytes over a new connection and reads until the server closes the connection, even if it rejects the request.
 * @returns false if the server does not close the connection within the time limit, in milliseconds.
 */
export function sendRaw(port: number, bytes: Buffer, timeLimit: number): Promise<boolean> {
  return new Promise((resolve) => {
    let inTime = true;
    const socket = connect(port, '127.0.0.1');
    const timer = setTimeout(() => {
      inTime = false;
      socket.destroy();
    }, timeLimit);
    // A server that rejects the request may close the connection before it has read everything.
    socket.on('error', () => {});
    socket.once('close', () => {
      clearTimeout(timer);
      resolve(inTime);
    });
    socket.resume().write(bytes);
  });
}
