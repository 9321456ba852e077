import { readFile } from 'node:fs/promises';
import { listen } from '../support/listen.ts';

// What reading costs at least: a picture from memory, by a process of its own that does nothing else. What the load
// takes from this server, and from the process that measures, it takes from every process of the machine.

const [path = ''] = process.argv.slice(2);
const picture = await readFile(path);

await listen('The floor', (_request, response) => {
  response.writeHead(200, { 'Content-Type': 'image/png', 'Content-Length': picture.length }).end(picture);
});
