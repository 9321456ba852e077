import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { listen } from '../support/listen.ts';

// The lower bound: a bare `node:http` server that pipes the unparsed body to a file.

const [directory = '.'] = process.argv.slice(2);

await listen('The bare server', (request, response) => {
  const store = randomUUID();
  void pipeline(request, createWriteStream(join(directory, store))).then(() => {
    response.setHeader('Content-Type', 'application/json').end(JSON.stringify({ data: { store } }));
  });
});
