import { readFile } from 'node:fs/promises';
import Fastify from 'fastify';
import { GraphQLUpload } from 'graphql-upload-minimal';
import mercurius from 'mercurius';
import mercuriusUpload from 'mercurius-upload';
import { storeResolvers } from './store-file.mjs';

// Mercurius with mercurius-upload, as its documentation shows it.

const [schemaFile, directory] = process.argv.slice(2);
const app = Fastify();
app.register(mercuriusUpload);
app.register(mercurius, {
  schema: await readFile(schemaFile, 'utf8'),
  resolvers: storeResolvers(GraphQLUpload, directory),
});
const url = await app.listen({ port: 0, host: '127.0.0.1' });
process.stdout.write(`Mercurius is listening on ${url}\n`);
