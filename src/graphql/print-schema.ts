import { lexicographicSortSchema, printSchema } from 'graphql';
import { schema } from './schema.ts';

// Run by `npm run schema`.
process.stdout.write(`${printSchema(lexicographicSortSchema(schema))}\n`);
