import { readFile } from 'node:fs/promises';
import { listen } from '../support/listen.ts';

// The lower bound for reading: a process that only serves a picture from memory. Its slowdown under load shows what the
// load costs every process of the machine, including the process that measures.

const [path = ''] = process.argv.slice(2);
const picture = await readFile(path);

await listen('The bare server', (_request, response) => {
  response.writeHead(200, { 'Content-Type': 'image/png', 'Content-Length': picture.length }).end(picture);
});
