import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { GraphQLScalarType } from 'graphql';

/**
 * Returns resolvers that store a file under a new name and return the name, as the documentation of both parsers does.
 * @param scalar the parser's scalar.
 */
export function storeResolvers(scalar, directory) {
  return {
    File: new GraphQLScalarType({ ...scalar.toConfig(), name: 'File' }),
    Query: { ready: () => true },
    Mutation: {
      store: async (_root, { file }) => {
        const name = randomUUID();
        const { createReadStream } = await file;
        await pipeline(createReadStream(), createWriteStream(join(directory, name)));
        return name;
      },
    },
  };
}
