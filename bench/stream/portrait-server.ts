import { randomUUID } from 'node:crypto';
import { createYoga } from 'graphql-yoga';
import type { RequestContext } from '../../src/http/yoga/request-context.ts';
import { useRequestParsers } from '../../src/http/yoga/use-request-parsers.ts';
import { GatheredChunks } from '../../src/multipart/gathered-chunks.ts';
import { saveChunks } from '../../src/multipart/save-chunks.ts';
import type { Upload } from '../../src/multipart/upload.ts';
import { listen } from '../support/listen.ts';
import { multipartOptions } from './multipart-options.ts';
import { storeSchema } from './store-schema.ts';

// Portrait's parser in Yoga, with the plugin that Portrait itself uses, but without the rest of Portrait.

const [directory = '.'] = process.argv.slice(2);

const yoga = createYoga<RequestContext>({
  schema: storeSchema<Upload>(directory, async (upload, path) => {
    const { stream } = await upload.open();
    await saveChunks(new GatheredChunks(stream), path);
  }),
  plugins: [useRequestParsers(multipartOptions(directory))],
  multipart: false,
  maxRequestBodySize: false,
  logging: false,
});

await listen('Portrait’s parser', (request, response) => {
  const context: RequestContext = {
    req: request,
    requestId: randomUUID(),
    refusal: undefined,
    signal: new AbortController().signal,
    progress: { documentReached: false, releaseBody: () => {} },
  };
  void yoga.handle(request, response, context).then(() => context.progress.releaseBody());
});
