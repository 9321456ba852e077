// What Node is told before it loads anything of ours: see docs/decisions/fast-start.md.
import './compile-cache.mjs';
import { registerHooks } from 'node:module';

// These packages come as many small files; as CommonJS they load in half the time, Drizzle in a tenth of it.
const AS_COMMONJS = /^(drizzle-orm(\/|$)|graphql$|graphql-yoga$)/;
registerHooks({
  resolve: (specifier, context, next) =>
    next(specifier, AS_COMMONJS.test(specifier) ? { ...context, conditions: ['node', 'require'] } : context),
});

await import('./main.ts');
