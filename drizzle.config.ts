import { defineConfig } from 'drizzle-kit';

export default defineConfig({
  dialect: 'sqlite',
  schema: './src/database/sqlite/schema.ts',
  out: './src/database/sqlite/migrations',
});
