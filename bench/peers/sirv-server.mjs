import { createServer } from 'node:http';
import sirv from 'sirv';

// A server for the files in a folder, as sirv's documentation shows it for production.

const [folder] = process.argv.slice(2);
const server = createServer(sirv(folder, { immutable: true, maxAge: 31_536_000, etag: true }));
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`sirv is listening on http://127.0.0.1:${server.address().port}\n`);
});
