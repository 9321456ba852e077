import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { listen } from '../support/listen.ts';

// The upper bound for reading: a process that only serves files from memory, by their whole path.

const [folder = '', ...names] = process.argv.slice(2);
const files = new Map<string | undefined, Buffer>();
for (const name of names) {
  files.set(`/static/pictures/${name}`, await readFile(join(folder, name)));
}

await listen('The bare server', ({ url }, response) => {
  const file = files.get(url) as Buffer;
  response.writeHead(200, { 'Content-Type': 'image/webp', 'Content-Length': file.length }).end(file);
});
