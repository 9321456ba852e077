import { readFile } from 'node:fs/promises';
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';

// Apollo's standalone server, as its documentation shows it. It returns users from memory.

const [schemaFile, usersFile] = process.argv.slice(2);
const users = JSON.parse(await readFile(usersFile, 'utf8'));
const byId = new Map(users.map((user) => [user.id, user]));

const server = new ApolloServer({
  typeDefs: await readFile(schemaFile, 'utf8'),
  resolvers: {
    Query: {
      viewer: () => users[0],
      users: (_root, { ids }) => ids.map((id) => byId.get(id)),
    },
  },
});
const { url } = await startStandaloneServer(server, { listen: { port: 0, host: '127.0.0.1' } });
process.stdout.write(`Apollo Server is listening on ${url.replace(/\/$/, '')}\n`);
