import { readFile } from 'node:fs/promises';
import Fastify from 'fastify';
import mercurius from 'mercurius';

// Mercurius, as its documentation shows it. It returns users from memory.

const [schemaFile, usersFile, jit] = process.argv.slice(2);
const users = JSON.parse(await readFile(usersFile, 'utf8'));
const byId = new Map(users.map((user) => [user.id, user]));

const app = Fastify();
app.register(mercurius, {
  schema: await readFile(schemaFile, 'utf8'),
  resolvers: {
    Query: {
      viewer: () => users[0],
      users: (_root, { ids }) => ids.map((id) => byId.get(id)),
    },
  },
  // With `jit`, Mercurius compiles a query that it has received once.
  ...(jit === 'jit' ? { jit: 1 } : {}),
});
const url = await app.listen({ port: 0, host: '127.0.0.1' });
process.stdout.write(`Mercurius is listening on ${url}\n`);
