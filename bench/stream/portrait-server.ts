import { randomUUID } from 'node:crypto';
import { createYoga } from 'graphql-yoga';
import type { RequestContext } from '../../src/http/request-context.ts';
import { useRequestParsers } from '../../src/http/use-request-parsers.ts';
import { GatheredChunks } from '../../src/multipart/gathered-chunks.ts';
import { saveChunks } from '../../src/multipart/save-chunks.ts';
import type { Upload } from '../../src/multipart/upload.ts';
import { listen } from '../support/listen.ts';
import { storeSchema } from './store-schema.ts';

// Portrait's parser in Yoga, by the plugin that Portrait itself uses, and nothing else of Portrait.

const MAX_FILE_BYTES = 5 * 1024 * 1024;
const MAX_FIELD_BYTES = 32 * 1024;

const [directory = '.'] = process.argv.slice(2);

const yoga = createYoga<RequestContext>({
  schema: storeSchema<Upload>(directory, async (upload, path) => {
    const { stream } = await upload.open();
    await saveChunks(new GatheredChunks(stream), path);
  }),
  plugins: [
    useRequestParsers({
      maxFileBytes: MAX_FILE_BYTES,
      maxFiles: 1,
      maxFieldBytes: MAX_FIELD_BYTES,
      maxBodyBytes: MAX_FILE_BYTES + 2 * MAX_FIELD_BYTES,
      idleTimeout: 30_000,
      spoolDirectory: directory,
    }),
  ],
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
