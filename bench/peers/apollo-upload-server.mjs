import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { ApolloServer } from '@apollo/server';
import { expressMiddleware } from '@as-integrations/express5';
import express from 'express';
import GraphQLUpload from 'graphql-upload/GraphQLUpload.mjs';
import graphqlUploadExpress from 'graphql-upload/graphqlUploadExpress.mjs';
import { storeResolvers } from './store-file.mjs';

// Apollo Server in Express with graphql-upload, as the documentation of both shows it.

const [schemaFile, directory] = process.argv.slice(2);
const apollo = new ApolloServer({
  typeDefs: await readFile(schemaFile, 'utf8'),
  resolvers: storeResolvers(GraphQLUpload, directory),
});
await apollo.start();
const app = express();
app.use('/graphql', graphqlUploadExpress(), express.json(), expressMiddleware(apollo));
const server = createServer(app).listen(0, '127.0.0.1', () => {
  process.stdout.write(`Apollo Server is listening on http://127.0.0.1:${server.address().port}\n`);
});
