import { startMultipartServer } from './multipart-server.ts';

// Starts a server that accepts files of up to 1 GiB, prints its URL, and runs until it is killed.

const GIB = 1024 ** 3;

const { url } = await startMultipartServer({ maxFileBytes: GIB, maxBodyBytes: 2 * GIB });
process.stdout.write(`${url}\n`);
