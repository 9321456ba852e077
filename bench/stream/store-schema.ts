import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GraphQLSchema } from 'graphql';
import { createSchema } from 'graphql-yoga';

export const STORE_SCHEMA = join(import.meta.dirname, 'store-schema.graphql');

/**
 * Returns a schema with a mutation that stores a file under a new name and returns the name. The benchmark uses the
 * name to check and delete the file. The file is not synced.
 * @param write writes the value of the variable `$file` to a path.
 */
export function storeSchema<Upload>(
  directory: string,
  write: (file: Upload, path: string) => Promise<void>,
): GraphQLSchema {
  return createSchema({
    typeDefs: readFileSync(STORE_SCHEMA, 'utf8'),
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

/** The mutation of this schema. */
export const STORE = 'mutation ($file: File!) { store(file: $file) }';
