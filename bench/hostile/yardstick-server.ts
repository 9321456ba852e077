import { listen } from '../support/listen.ts';

// The minimum cost of a request of 256 KiB: the server receives the request and parses it as JSON.

await listen('The yardstick', (request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const { variables } = JSON.parse(Buffer.concat(chunks).toString());
    response.end(JSON.stringify({ ids: variables.i.length }));
  });
});
