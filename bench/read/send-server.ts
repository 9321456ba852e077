import { send } from '@fastify/send';
import { listen } from '../support/listen.ts';

// A server for the files in a folder, as the documentation of @fastify/send shows it.

const [folder = ''] = process.argv.slice(2);

await listen('@fastify/send', async (request, response) => {
  const path = (request.url ?? '').slice('/static/pictures'.length);
  const { statusCode, headers, stream } = await send(request, path, {
    root: folder,
    immutable: true,
    maxAge: '1y',
  });
  response.writeHead(statusCode, headers);
  stream.pipe(response);
});
