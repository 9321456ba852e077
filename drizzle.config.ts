import { defineConfig } from 'drizzle-kit';

/** A run generates the migrations of one dialect. `npm run migrations` runs it for both. */
const postgres = process.env['DIALECT'] === 'postgres';
const folder = postgres ? './src/database/postgres' : './src/database/sqlite';

export default defineConfig({
  dialect: postgres ? 'postgresql' : 'sqlite',
  schema: `${folder}/schema.ts`,
  out: `${folder}/migrations`,
});
