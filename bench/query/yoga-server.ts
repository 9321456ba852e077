import { readFile } from 'node:fs/promises';
import { createSchema, createYoga } from 'graphql-yoga';
import { listen } from '../support/listen.ts';
import type { SampleUser } from './sample-users.ts';

// Plain Yoga as the handler of `node:http`. It returns users from memory, without a token, a database or limits.

const [schemaFile = '', usersFile = ''] = process.argv.slice(2);
const users: readonly SampleUser[] = JSON.parse(await readFile(usersFile, 'utf8'));
const byId = new Map(users.map((user) => [user.id, user]));

const yoga = createYoga({
  schema: createSchema({
    typeDefs: await readFile(schemaFile, 'utf8'),
    resolvers: {
      Query: {
        viewer: () => users[0],
        users: (_root: unknown, { ids }: { ids: readonly string[] }) => ids.map((id) => byId.get(id)),
      },
    },
  }),
  logging: false,
});

await listen('Plain Yoga', (request, response) => {
  void yoga.handle(request, response);
});
