import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { GatheredChunks } from '../../src/multipart/gathered-chunks.ts';
import { readMultipartRequest } from '../../src/multipart/read-multipart-request.ts';
import { saveChunks } from '../../src/multipart/save-chunks.ts';
import type { Upload } from '../../src/multipart/upload.ts';
import { listen } from '../support/listen.ts';
import { multipartOptions } from './multipart-options.ts';

// Portrait's parser by itself. It reads the request and stores the file, but executes no operation.

const [directory = '.'] = process.argv.slice(2);

await listen('Portrait’s parser', async (request, response) => {
  const { operations, release } = readMultipartRequest(request, multipartOptions(directory));
  const { variables } = (await operations) as { variables: { file: Upload } };
  const store = randomUUID();
  const { stream } = await variables.file.open();
  await saveChunks(new GatheredChunks(stream), join(directory, store));
  response.setHeader('Content-Type', 'application/json').end(JSON.stringify({ data: { store } }));
  release();
});
