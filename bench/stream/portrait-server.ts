import { randomUUID } from 'node:crypto';
import { createGraphQLHandler } from '../../src/http/graphql-handler.ts';
import { createGraphQLServer } from '../../src/http/yoga/yoga.ts';
import { GatheredChunks } from '../../src/multipart/gathered-chunks.ts';
import { saveChunks } from '../../src/multipart/save-chunks.ts';
import type { Upload } from '../../src/multipart/upload.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { listen } from '../support/listen.ts';
import { multipartOptions } from './multipart-options.ts';
import { storeSchema } from './store-schema.ts';

// Portrait's parser in Yoga, with all that Portrait does with a GraphQL request, but without the rest of Portrait.

const [directory = '.'] = process.argv.slice(2);

const multipart = multipartOptions(directory);
const allowsOrigin = () => false;
const handle = createGraphQLHandler({
  graphql: createGraphQLServer({
    schema: storeSchema<Upload>(directory, async (upload, path) => {
      const { stream } = await upload.open();
      await saveChunks(new GatheredChunks(stream), path);
    }),
    createContext: () => ({}),
    introspection: true,
    multipart,
    allowsOrigin,
    basePath: () => '',
    logger: createLogger('silent'),
  }),
  limitRequests: () => {},
  headerRules: {
    maxUploadBytes: multipart.maxFileBytes,
    loopbackOnly: true,
    allowsOrigin,
    onRejectedOrigin: () => {},
  },
  overHttps: () => false,
  isStopping: () => false,
});

await listen(
  'Portrait’s parser',
  (_request, response) => void handle(response, randomUUID(), false, undefined),
);
