import { startMultipartServer } from './multipart-server.ts';

// A server that takes files of 1 GiB. It prints its URL, and runs until it is ended.

const GIB = 1024 ** 3;

const { url } = await startMultipartServer({ maxFileBytes: GIB, maxBodyBytes: 2 * GIB });
process.stdout.write(`${url}\n`);
