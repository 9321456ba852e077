// What Node is told before it loads anything of ours: see docs/decisions/fast-start.md.
import './compile-cache.mjs';
import { registerHooks } from 'node:module';
import v8 from 'node:v8';

// By itself V8 lets the old generation grow to four times what is alive before it collects: 1,500 different documents made the
// server grow by 190 MB, of which 20 MB were alive. See docs/decisions/bounded-requests.md.
v8.setFlagsFromString('--heap-growing-percent=60');

// These packages come as many small files; as CommonJS they load in half the time, Drizzle in a tenth of it.
const AS_COMMONJS = /^(drizzle-orm(\/|$)|graphql$|graphql-yoga$)/;
registerHooks({
  resolve: (specifier, context, next) =>
    next(specifier, AS_COMMONJS.test(specifier) ? { ...context, conditions: ['node', 'require'] } : context),
});

await import('./main.ts');
