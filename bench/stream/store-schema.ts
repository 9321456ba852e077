import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { GraphQLSchema } from 'graphql';
import { createSchema } from 'graphql-yoga';

/**
 * One mutation that stores a file under a new name and answers with the name, so that the bench can check the file
 * and delete it. Nothing is synced.
 * @param write writes what stands in the place of the file to a path.
 */
export function storeSchema<Upload>(
  directory: string,
  write: (file: Upload, path: string) => Promise<void>,
): GraphQLSchema {
  return createSchema({
    typeDefs: /* GraphQL */ `
      scalar File
      type Query { ready: Boolean! }
      type Mutation { store(file: File!): ID! }
    `,
    resolvers: {
      Query: { ready: () => true },
      Mutation: {
        store: async (_root: unknown, { file }: { file: Upload }) => {
          const name = randomUUID();
          await write(file, join(directory, name));
          return name;
        },
      },
    },
  });
}

/** The mutation that the schema is for. */
export const STORE = 'mutation ($file: File!) { store(file: $file) }';
