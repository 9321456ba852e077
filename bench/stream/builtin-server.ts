import { writeFile } from 'node:fs/promises';
import { createYoga } from 'graphql-yoga';
import { listen } from '../support/listen.ts';
import { storeSchema } from './store-schema.ts';

// Plain Yoga, with the resolver of its documentation:
// https://the-guild.dev/graphql/yoga-server/docs/features/file-uploads
// `request.formData()` reads the whole body before the operation runs.

const [directory = '.'] = process.argv.slice(2);

const yoga = createYoga({
  schema: storeSchema<File>(directory, async (file, path) =>
    writeFile(path, Buffer.from(await file.arrayBuffer())),
  ),
  logging: false,
});

await listen('Yoga’s builtin', (request, response) => {
  void yoga.handle(request, response);
});
