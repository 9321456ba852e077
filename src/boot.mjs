// Configures Node before it loads our code; see docs/decisions/fast-start.md.
import './compile-cache.mjs';
import { registerHooks } from 'node:module';
import v8 from 'node:v8';

// These packages have many small files. As CommonJS, they load in half the time, and Drizzle in a tenth of it.
const AS_COMMONJS = /^(drizzle-orm(\/|$)|graphql$|graphql-yoga$)/;
registerHooks({
  resolve: (specifier, context, next) =>
    next(specifier, AS_COMMONJS.test(specifier) ? { ...context, conditions: ['node', 'require'] } : context),
});

await import('./main.ts');

// By default, V8 lets the old generation grow to several times the live objects before it collects garbage. The figures
// are in docs/decisions/bounded-requests.md. Earlier, this flag would slow down the start by a fifth.
v8.setFlagsFromString('--heap-growing-percent=60');
